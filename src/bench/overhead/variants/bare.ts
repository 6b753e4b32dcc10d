import {
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type UntypedHandleCall,
} from "@grpc/grpc-js";
import type { WatchRequest, WatchResponse } from "../gen/bench";
import { answers, grpcJsService } from "../workload";

export type Wrap = <F extends UntypedHandleCall>(handler: F) => F;
type UnaryHandler = (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) => void;

/**
 * grpc-js and ts-proto, and nothing else: what every other variant is compared with. Its handlers are the async functions that all the others have, called as everybody
 * calls them from grpc-js.
 */
export function startBare(wrap: Wrap = (handler) => handler): Promise<number> {
  const unary = (handler: (request: never) => Promise<unknown>): UnaryHandler =>
    wrap((call, callback) => {
      handler(call.request as never).then((answer) => callback(null, answer), callback);
    });
  return listen({
    get: unary(async (request) => answers.get(request)),
    list: unary(async (request) => answers.list(request)),
    watch: wrap(watch),
  });
}

/** The same without a promise: how little a call may cost, and as no service is written. */
export function startBareSynchronous(): Promise<number> {
  const unary =
    (handler: (request: never) => unknown): UnaryHandler =>
    (call, callback) =>
      callback(null, handler(call.request as never));
  return listen({ get: unary(answers.get), list: unary(answers.list), watch });
}

function watch(call: ServerWritableStream<WatchRequest, WatchResponse>): void {
  const messages = answers.watch(call.request);
  const write = (): void => {
    for (;;) {
      const next = messages.next();
      if (next.done) return void call.end();
      if (!call.write(next.value)) return void call.once("drain", write);
    }
  };
  write();
}

function listen(handlers: Record<string, UntypedHandleCall>): Promise<number> {
  const server = new Server({ "grpc.enable_channelz": 0 });
  server.addService(grpcJsService(), handlers);
  return new Promise((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    ),
  );
}
