import { Client, credentials, Metadata, status } from "@grpc/grpc-js";
import { codeName } from "../../platform/grpc";
import type { FuzzedCall } from "./make-call";

/** How a call ended: a code as `codeNames` has them, or nothing when it was still going on when it was given up. */
export type CallEnd = { code: string; message: string };

const usualDeadlineMs = 1_500;
/** A stream of answers is not waited for longer than this after its first one. */
const streamMs = 300;

const asIs = (bytes: Buffer): Buffer => bytes;

/** A client that knows no messages: what it sends is bytes. */
export function openRawClient(address: string): Client {
  return new Client(address, credentials.createInsecure(), {
    "grpc.enable_retries": 0,
    "grpc.max_send_message_length": -1,
    "grpc.max_receive_message_length": -1,
    "grpc.use_local_subchannel_pool": 1,
  });
}

/** Sends a call whose messages may be anything; answers with its end, never rejects. */
export function sendCall(
  client: Client,
  { method, messages }: FuzzedCall,
  headers: Readonly<Record<string, string>>,
  deadlineMs = usualDeadlineMs,
): Promise<CallEnd> {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const options = { deadline: Date.now() + deadlineMs };
  const path = `/${method.rpc}`;
  const { requestStream, responseStream } = method.method;
  return new Promise((resolve) => {
    const end = (code: number, message: string): void => resolve({ code: codeName(code), message });
    const answered = (error: { code: number; details: string } | null): void =>
      end(error?.code ?? status.OK, error?.details ?? "");
    if (!responseStream) {
      if (!requestStream) {
        client.makeUnaryRequest(path, asIs, asIs, messages[0]!, metadata, options, answered);
        return;
      }
      const call = client.makeClientStreamRequest(path, asIs, asIs, metadata, options, answered);
      for (const message of messages) call.write(message);
      call.end();
      return;
    }
    const call = requestStream
      ? client.makeBidiStreamRequest(path, asIs, asIs, metadata, options)
      : client.makeServerStreamRequest(path, asIs, asIs, messages[0]!, metadata, options);
    let seen = false;
    call.on("data", () => {
      if (!seen) setTimeout(() => call.cancel(), streamMs);
      seen = true;
    });
    call.on("error", () => undefined);
    call.on("status", ({ code, details }: { code: number; details: string }) =>
      // Given up by ourselves after its answers were good.
      end(seen && code === status.CANCELLED ? status.OK : code, details),
    );
    if (requestStream && isWritable(call)) {
      for (const message of messages) call.write(message);
      setTimeout(() => call.cancel(), streamMs * 2);
    }
  });
}

type Writable = { write(message: Buffer): void };

function isWritable(call: object): call is Writable {
  return "write" in call;
}
