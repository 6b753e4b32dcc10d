import type { ServiceError } from "@grpc/grpc-js";
import { AppError, categories } from "../../platform/errors";
import { type CallOptions, codeName } from "../../platform/grpc";
import { type Kind, SoakService, type Wish } from "./service";
import type { SoakClient, World } from "./world";

export type DriveOptions = CallOptions & {
  /** Leaves a stream of answers after so many. */
  stopAfter?: number;
  /** The request, when it is not the wish. */
  request?: string;
  breaks?: boolean;
};

/** Milliseconds; far beyond what a busy machine takes for a call that is to end otherwise. */
const patientDeadlineMs = 60_000;
const broken = new Error("The source of the requests broke.");

/** Makes one call by our client and reads it to its end. Returns the code that its caller saw. */
export async function drive(
  client: SoakClient,
  kind: Kind,
  wish: Wish,
  { stopAfter = Number.POSITIVE_INFINITY, request = wish, breaks = false, ...given }: DriveOptions = {},
): Promise<string> {
  const requests = (async function* () {
    yield request;
    if (breaks) throw broken;
  })();
  const options = { deadlineMs: patientDeadlineMs, metadata: { wish }, ...given };
  try {
    if (kind === "ask") await client.ask(request, options);
    else if (kind === "collect") await client.collect(requests, options);
    else {
      const answers = kind === "list" ? client.list(request, options) : client.talk(requests, options);
      let seen = 0;
      for await (const _answer of answers) if (++seen >= stopAfter) return "abandoned";
    }
    return "OK";
  } catch (error) {
    if (error === broken) return "broken";
    if (!(error instanceof AppError)) throw error;
    return codeName(categories[error.category].grpcStatus);
  }
}

const asItIs = (bytes: Buffer): Buffer => bytes;

export function pathOf(kind: Kind): string {
  return `/${SoakService.fullName}/${SoakService.methods[kind].name}`;
}

/** Makes one call by grpc-js's own client, bytes as they are and without a deadline. */
export function driveRaw({ raw }: World, kind: Kind, bytes: Buffer, path = pathOf(kind)): Promise<string> {
  return new Promise((resolve) => {
    const done = (error: ServiceError | null): void => resolve(codeName(error?.code ?? 0));
    if (kind === "ask") return void raw.makeUnaryRequest(path, asItIs, asItIs, bytes, done);
    if (kind === "collect") return void raw.makeClientStreamRequest(path, asItIs, asItIs, done).end(bytes);
    if (kind === "list") {
      const call = raw.makeServerStreamRequest(path, asItIs, asItIs, bytes);
      return void call
        .on("error", done)
        .on("end", () => done(null))
        .resume();
    }
    const call = raw.makeBidiStreamRequest(path, asItIs, asItIs);
    call
      .on("error", done)
      .on("end", () => done(null))
      .resume();
    call.end(bytes);
  });
}

/** Makes one call of HTTP/2 frames and resets it, after its only message or before it. */
export function driveReset({ http2 }: World, kind: Kind, withMessage: boolean): Promise<string> {
  return new Promise((resolve) => {
    const stream = http2().request({
      ":method": "POST",
      ":path": pathOf(kind),
      "content-type": "application/grpc",
      te: "trailers",
    });
    stream.on("error", () => undefined).on("close", () => resolve("reset"));
    stream.resume();
    // "hang", as gRPC frames it.
    if (withMessage) stream.end(Buffer.from("\0\0\0\0\x04hang"));
    setTimeout(() => stream.close(withMessage ? 2 : 8), 2);
  });
}
