import { Readable } from "node:stream";
import { AppError } from "../errors";
import { currentScope, type Scope } from "../telemetry";
import type { StoreCall } from "./observe";

type ObjectInfo = { bucket: string; key: string; length: number };

/**
 * The bytes of `source`, exactly `length` of them: a body that is shorter or longer fails before its last byte is sent, so that the store
 * never keeps a cut object.
 */
export function measured(source: Readable, length: number, onBytes: (bytes: number) => void): Readable {
  async function* exact(): AsyncGenerator<Buffer> {
    let seen = 0;
    let held: Buffer | undefined;
    for await (const chunk of source) {
      const bytes = Buffer.from(chunk as Uint8Array);
      seen += bytes.length;
      if (seen > length) throw wrongLength(length, `more than ${length}`);
      if (held) yield held;
      held = bytes;
      onBytes(bytes.length);
    }
    if (seen !== length) throw wrongLength(length, `${seen}`);
    if (held) yield held;
  }
  return Readable.from(exact(), { objectMode: false });
}

/**
 * The bytes of an object; an answer that ends early is an error, not a short object. Leaving the loop releases the connection. Settles `call`, also when
 * nobody reads: then by the end of the connection.
 */
export function metered(
  body: Readable,
  object: ObjectInfo,
  call: StoreCall,
  onBytes: (bytes: number) => void,
): AsyncIterable<Buffer> {
  const scope = currentScope();
  let seen = 0;
  const failure = (cause?: unknown) =>
    call.fail(abandoned(scope, object, cause) ?? cutOff(object, seen, cause), seen);
  body.once("error", failure);
  body.once("close", () => {
    // What has been read to its end is settled by the reader, which may still have the last piece in hand.
    if (!body.readableEnded) call.leave(seen);
  });

  return (async function* () {
    let broken = false;
    try {
      for await (const chunk of body) {
        const bytes = chunk as Buffer;
        seen += bytes.length;
        onBytes(bytes.length);
        yield bytes;
      }
    } catch (error) {
      broken = true;
      throw failure(error);
    } finally {
      if (!broken && !body.readableEnded) call.leave(seen);
      body.destroy();
    }
    if (seen !== object.length) throw failure();
    call.succeed({ bytesIn: seen });
  })();
}

function wrongLength(length: number, got: string): AppError {
  const message = `The object was announced with ${length} bytes but has ${got}.`;
  return new AppError({ category: "invalid_argument", reason: "WRONG_LENGTH", message });
}

function cutOff({ bucket, key, length }: ObjectInfo, seen: number, cause?: unknown): AppError {
  const message = `Object ${key} of bucket ${bucket} was cut off after ${seen} of ${length} bytes.`;
  return new AppError({ category: "unavailable", reason: "STORE_UNAVAILABLE", message, cause });
}

/** A scope that ends cuts the body off too; then it is not the store's fault. */
function abandoned(scope: Scope | undefined, { bucket, key }: ObjectInfo, cause: unknown) {
  const what = `Object ${key} of bucket ${bucket}`;
  if (scope?.deadlineAt !== undefined && scope.deadlineAt - Date.now() <= 5) {
    const message = `${what} was not read before the deadline.`;
    return new AppError({ category: "deadline_exceeded", reason: "STORE_DEADLINE", message, cause });
  }
  if (scope?.signal?.aborted) {
    const message = `${what}: nobody waits for it any more.`;
    return new AppError({ category: "cancelled", reason: "STORE_CANCELLED", message, cause });
  }
  return undefined;
}
