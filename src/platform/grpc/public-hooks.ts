import { type Metadata, ServerInterceptingCall, type ServerInterceptingCallInterface } from "@grpc/grpc-js";
import type { ServerCall } from "./server-call";

/**
 * Sees a call by grpc-js's documented interface alone, for a version without the tracker. What our own handlers answer, deadlines and cancellations
 * are told right; a request over the size limit looks like a cancellation, for grpc-js answers it beneath all interceptors.
 */
export function observeByInterface(
  call: ServerInterceptingCallInterface,
  begin: (metadata: Metadata) => ServerCall,
): ServerInterceptingCall {
  let record: ServerCall | undefined;
  return new ServerInterceptingCall(call, {
    start: (next) =>
      next({
        onReceiveMetadata: (metadata, pass) => {
          record = begin(metadata);
          pass(metadata);
        },
        onReceiveMessage: (message, pass) => {
          if (record) record.messagesIn += 1;
          pass(message);
        },
        onReceiveHalfClose: (pass) => pass(),
        // Also told after a good end (grpc-node #2771); the record is settled by then.
        onCancel: () => record?.settle(1, "Cancelled"),
      }),
    sendMessage: (message, pass) => {
      if (record) record.messagesOut += 1;
      pass(message);
    },
    sendStatus: (status, pass) => {
      record?.settle(status.code ?? 2, status.details ?? "");
      pass(status);
    },
  });
}
