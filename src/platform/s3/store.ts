import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { Readable } from "node:stream";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { ServiceHost } from "../lifecycle";
import { currentScope, type Logger } from "../telemetry";
import type { S3Config } from "./config";
import { measured, metered } from "./streams";
import { s3ReceivedBytes, s3SentBytes } from "./metrics";
import { BodyFailed, createObserver, isNotFound } from "./observe";
import type { ObjectStore } from "./types";

/**
 * Opens a bucket of an S3-compatible store. Connects when there is something to do; registers the readiness check `s3`. Close it with `host.own`.
 * Requests end with the scope: at its deadline or when its signal is aborted.
 */
export function openStore(host: ServiceHost, config: S3Config): ObjectStore {
  const { bucket } = config;
  const client = createClient(config, host.log.child({ bucket }));
  const observe = createObserver(host.metrics, bucket, new URL(config.endpoint).hostname);
  const sent = host.metrics.counter(s3SentBytes).child({ bucket });
  const received = host.metrics.counter(s3ReceivedBytes).child({ bucket });
  /** Bodies that are still being read: closing ends them. */
  const open = new Set<Readable>();

  const store: ObjectStore = {
    bucket,
    put: (key, body, { length, sha256, contentType }) =>
      observe("PutObject", key, async () => {
        const source =
          body instanceof Uint8Array
            ? Readable.from([body])
            : body instanceof Readable
              ? body
              : Readable.from(body);
        const broken = new AbortController();
        const exact = measured(source, length, (bytes) => sent.inc(bytes));
        // The SDK does not notice that its body fails: it would wait for the rest until the socket times out.
        exact.on("error", (error) => broken.abort(error));
        const command = new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: exact,
          ContentLength: length,
          ContentType: contentType ?? "application/octet-stream",
          Metadata: sha256 ? { sha256 } : {},
        });
        try {
          await client.send(command, scoped(broken.signal));
        } catch (error) {
          throw broken.signal.aborted ? new BodyFailed(broken.signal.reason) : error;
        } finally {
          exact.destroy();
          source.destroy();
        }
      }),
    get: (key) =>
      observe("GetObject", key, async () => {
        const { Body, ContentLength } = await client.send(
          new GetObjectCommand({ Bucket: bucket, Key: key }),
          scoped(),
        );
        const body = Body as unknown as Readable;
        open.add(body.once("close", () => open.delete(body)));
        const length = ContentLength ?? 0;
        return { body: metered(body, { bucket, key, length }, (bytes) => received.inc(bytes)), length };
      }),
    head: (key) =>
      observe("HeadObject", key, async () => {
        const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), scoped());
        const sha256 = head.Metadata?.["sha256"];
        return {
          length: head.ContentLength ?? 0,
          modifiedAt: head.LastModified ?? new Date(0),
          ...(sha256 && { sha256 }),
        };
      }),
    delete: (key) =>
      observe(
        "DeleteObject",
        key,
        async () => void (await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }), scoped())),
      ).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      }),
    async *list(prefix) {
      const pages = paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix }, scoped());
      for (;;) {
        const page = await observe("ListObjectsV2", prefix, () => pages.next());
        if (page.done) return;
        for (const { Key, Size, LastModified } of page.value.Contents ?? []) {
          if (Key !== undefined)
            yield { key: Key, length: Size ?? 0, modifiedAt: LastModified ?? new Date(0) };
        }
      }
    },
    ensureBucket: async () => {
      try {
        await observe("HeadBucket", "", () =>
          client.send(new HeadBucketCommand({ Bucket: bucket }), scoped()),
        );
      } catch (error) {
        if (!isNotFound(error)) throw error;
        await observe("CreateBucket", "", () => createBucket(client, bucket));
      }
    },
    async close() {
      for (const body of open) body.destroy();
      client.destroy();
    },
  };
  host.readiness("s3", () =>
    observe(
      "HeadBucket",
      "",
      async () => void (await client.send(new HeadBucketCommand({ Bucket: bucket }), scoped())),
    ),
  );
  return store;
}

const ignore = () => undefined;
const silent = { trace: ignore, debug: ignore, info: ignore };

function createClient(
  { endpoint, region, accessKeyId, secretAccessKey, requestTimeoutMs }: S3Config,
  log: Logger,
): S3Client {
  const agents = { keepAlive: true, maxSockets: 50 };
  return new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    // By default the SDK since 3.729 sends a CRC32 as a trailer of every streamed put, which versitygw does not take.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    maxAttempts: 3,
    // Without a logger of ours it writes to the console.
    logger: { ...silent, warn: (text) => log.debug(String(text)), error: (text) => log.debug(String(text)) },
    requestHandler: {
      connectionTimeout: 3_000,
      socketTimeout: requestTimeoutMs,
      httpAgent: new HttpAgent(agents),
      httpsAgent: new HttpsAgent(agents),
    },
  });
}

function scoped(...more: AbortSignal[]): { abortSignal?: AbortSignal } {
  const scope = currentScope();
  const signals = scope?.signal ? [scope.signal, ...more] : more;
  if (scope?.deadlineAt !== undefined)
    signals.push(AbortSignal.timeout(Math.max(0, scope.deadlineAt - Date.now())));
  return signals.length === 0 ? {} : { abortSignal: AbortSignal.any(signals) };
}

async function createBucket(client: S3Client, bucket: string): Promise<void> {
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }), scoped());
  } catch (error) {
    // Another process was faster.
    const { name } = error as Error;
    if (name === "BucketAlreadyOwnedByYou" || name === "BucketAlreadyExists") return;
    throw error;
  }
}
