import { AppError } from "../errors";
import { encodeMessage, type RpcMethod } from "./definition";
import { malformedRequest } from "./malformed-request";
import type { RequestWitness } from "./payload-log";
import type { ServerCall } from "./server-call";
import type { MessageCheck } from "./validation";

/** Reads a method's requests and writes its answers, counting their bytes on the call. */
export function messageCodec(
  name: string,
  { requestType, responseType }: RpcMethod,
  check: MessageCheck | undefined,
  maxMessageBytes: number,
  witness?: RequestWitness,
): { read(call: ServerCall, bytes: Buffer): unknown; write(call: ServerCall, message: unknown): Buffer } {
  return {
    read(call, bytes) {
      call.bytesIn += bytes.length;
      const message = decode(requestType, bytes, name);
      witness?.(call, message);
      check?.(bytes);
      return message;
    },
    write(call, message) {
      const bytes = encodeMessage(responseType, message);
      // grpc-js would refuse it too, without a word to the log.
      if (bytes.length > maxMessageBytes) throw tooLarge(name, bytes.length, maxMessageBytes);
      call.bytesOut += bytes.length;
      return bytes;
    },
  };
}

function decode(type: RpcMethod["requestType"], bytes: Buffer, name: string): unknown {
  try {
    return type.decode(bytes);
  } catch (cause) {
    throw malformedRequest(name, cause);
  }
}

function tooLarge(name: string, length: number, limit: number): AppError {
  return new AppError({
    category: "resource_exhausted",
    reason: "RESPONSE_TOO_LARGE",
    message: `The answer of ${name} has ${length} bytes, over the limit of ${limit}`,
    details: { length: String(length), limit: String(limit) },
  });
}
