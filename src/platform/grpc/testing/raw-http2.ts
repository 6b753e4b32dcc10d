import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import { codeName } from "..";
import { type Kind, pathOf } from "./drive";
import { adasToken } from "./probe";

/** A call made of HTTP/2 frames, to do what no gRPC client would. */
export type RawCall = {
  readonly stream: ClientHttp2Stream;
  /** The code of its trailers. */
  readonly seen: Promise<string>;
  /** Ends the stream with RST_STREAM. */
  reset(code: number): void;
};

export const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR } = constants;

/** A connection of its own, without gRPC. Whoever opens it closes it. */
export function openHttp2(port: number): {
  session: ClientHttp2Session;
  call(kind: Kind, bytes: Buffer | undefined, headers?: Record<string, string>): RawCall;
} {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on("error", () => undefined);
  return {
    session,
    /** Without bytes the call stays at its headers; otherwise they are all of its body. */
    call(kind, bytes, headers = {}) {
      const stream = session.request({
        ":method": "POST",
        ":path": pathOf(kind),
        "content-type": "application/grpc",
        te: "trailers",
        ...adasToken,
        ...headers,
      });
      stream.on("error", () => undefined);
      const seen = new Promise<string>((resolve) => {
        const look = (got: Record<string, unknown>): void => {
          if (got["grpc-status"] !== undefined) resolve(codeName(Number(got["grpc-status"])));
        };
        stream.on("response", look).on("trailers", look).resume();
        stream.on("close", () => resolve("nothing"));
      });
      if (bytes) stream.end(bytes);
      return { stream, seen, reset: (code) => stream.close(code) };
    },
  };
}

/** A message as gRPC frames it: whether it is compressed, its length, its bytes. */
export function frame(bytes: Buffer, compressed = false): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(compressed ? 1 : 0, 0);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}
