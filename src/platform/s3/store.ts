import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { Readable } from "node:stream";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
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
  const observe = createObserver(host.metrics, host.log.child({ bucket }), bucket, config.endpoint);
  const sent = host.metrics.counter(s3SentBytes).child({ bucket });
  const received = host.metrics.counter(s3ReceivedBytes).child({ bucket });
  /** Bodies that are still being read: closing ends them. */
  const open = new Set<Readable>();

  async function headBucket(): Promise<void> {
    const command = new HeadBucketCommand({ Bucket: bucket });
    await observe.ask("HeadBucket", "", () => client.send(command, scoped()));
  }

  const store: ObjectStore = {
    bucket,
    async put(key, body, { length, sha256, contentType }) {
      const call = observe.start("PutObject", key);
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
        await call.ask(() => client.send(command, scoped(broken.signal)));
        call.succeed({ bytesOut: length });
      } catch (error) {
        throw call.fail(broken.signal.aborted ? new BodyFailed(broken.signal.reason) : error);
      } finally {
        exact.destroy();
        source.destroy();
      }
    },
    async get(key) {
      const call = observe.start("GetObject", key);
      try {
        const command = new GetObjectCommand({ Bucket: bucket, Key: key });
        const { Body, ContentLength: length = 0 } = await call.ask(() => client.send(command, scoped()));
        const body = Body as unknown as Readable;
        open.add(body.once("close", () => open.delete(body)));
        return { body: metered(body, { bucket, key, length }, call, (bytes) => received.inc(bytes)), length };
      } catch (error) {
        throw call.fail(error);
      }
    },
    async head(key) {
      const command = new HeadObjectCommand({ Bucket: bucket, Key: key });
      const head = await observe.ask("HeadObject", key, () => client.send(command, scoped()));
      const sha256 = head.Metadata?.["sha256"];
      return {
        length: head.ContentLength ?? 0,
        modifiedAt: head.LastModified ?? new Date(0),
        ...(sha256 && { sha256 }),
      };
    },
    async delete(key) {
      const command = new DeleteObjectCommand({ Bucket: bucket, Key: key });
      try {
        await observe.ask("DeleteObject", key, () => client.send(command, scoped()));
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    },
    async *list(prefix) {
      let token: string | undefined;
      do {
        const command = new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          ContinuationToken: token,
        });
        const page = await observe.ask("ListObjectsV2", prefix, () => client.send(command, scoped()));
        for (const { Key, Size, LastModified } of page.Contents ?? []) {
          if (Key !== undefined)
            yield { key: Key, length: Size ?? 0, modifiedAt: LastModified ?? new Date(0) };
        }
        token = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
    },
    async ensureBucket() {
      try {
        await headBucket();
      } catch (error) {
        if (!isNotFound(error)) throw error;
        await observe.ask("CreateBucket", "", () => createBucket(client, bucket));
      }
    },
    async close() {
      for (const body of open) body.destroy();
      client.destroy();
    },
  };
  host.readiness("s3", headBucket);
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

async function createBucket(client: S3Client, bucket: string): Promise<object> {
  try {
    return await client.send(new CreateBucketCommand({ Bucket: bucket }), scoped());
  } catch (error) {
    // Another process was faster.
    const { name } = error as Error;
    if (name === "BucketAlreadyOwnedByYou" || name === "BucketAlreadyExists") return {};
    throw error;
  }
}
