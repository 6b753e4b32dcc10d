import { Readable } from "node:stream";
import { AppError } from "../errors";

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

/** The bytes of an object; an answer that ends early is an error, not a short object. Leaving the loop releases the connection. */
export async function* metered(
  body: Readable,
  { bucket, key, length }: { bucket: string; key: string; length: number },
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let seen = 0;
  try {
    for await (const chunk of body) {
      const bytes = chunk as Buffer;
      seen += bytes.length;
      onBytes(bytes.length);
      yield bytes;
    }
  } catch (error) {
    throw cutOff(bucket, key, seen, length, error);
  } finally {
    body.destroy();
  }
  if (seen !== length) throw cutOff(bucket, key, seen, length);
}

function wrongLength(length: number, got: string): AppError {
  const message = `The object was announced with ${length} bytes but has ${got}.`;
  return new AppError({ category: "invalid_argument", reason: "WRONG_LENGTH", message });
}

function cutOff(bucket: string, key: string, seen: number, length: number, cause?: unknown): AppError {
  const message = `Object ${key} of bucket ${bucket} was cut off after ${seen} of ${length} bytes.`;
  return new AppError({ category: "unavailable", reason: "STORE_UNAVAILABLE", message, cause });
}
