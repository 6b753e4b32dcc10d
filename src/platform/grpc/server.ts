import { Server, type UntypedHandleCall } from "@grpc/grpc-js";
import { loadFileDescriptorSetFromBuffer } from "@grpc/proto-loader";
import { ReflectionService } from "@grpc/reflection";
import { AppError } from "../errors";
import type { Closable, ServiceHost } from "../lifecycle";
import { accessRuleOf, openRegistry } from "./access";
import { admit } from "./admission";
import { bind, serverOptions, shutDown } from "./bind";
import { grpcMethod, kindOf, pathOf, type RpcMethod, type RpcService } from "./definition";
import { addHealth } from "./health";
import { bytesOf, keepBytes } from "./message-bytes";
import { CallObserver } from "./observe-calls";
import type { ServerCall } from "./server-call";
import { adaptHandler, type AnyHandler } from "./server-handlers";
import type { GrpcServerConfig } from "./settings";
import type { Authenticator, Handlers } from "./types";
import { createChecks } from "./validation";

export type GrpcServerOptions = {
  /** Finds out who calls, for every method that is not for everybody. */
  authenticate: Authenticator;
  /** A serialized google.protobuf.FileDescriptorSet of all services added: access rules, validation and reflection come from it. */
  descriptors: Uint8Array;
};

/** A gRPC server whose calls are observed, authenticated, checked and bounded in time. */
export type GrpcServer = Closable & {
  /** Adds a service before `listen`. Throws when a method does not say who may call it. */
  add<S extends RpcService>(service: S, handlers: Handlers<S>): void;
  /** Opens the port and reports SERVING. Throws when the port is taken. */
  listen(): Promise<GrpcServer>;
  /** The port it listens on. */
  readonly port: number;
};

/** Makes a server. `close` says NOT_SERVING, ends watches and streams, lets open calls finish for `drainMs`, then cuts them off. */
export function createServer(
  host: ServiceHost,
  config: GrpcServerConfig,
  options: GrpcServerOptions,
): GrpcServer {
  const observer = new CallObserver(host);
  const grpc = new Server({ ...serverOptions(config), interceptors: [observer.interceptor] });
  observer.observeUnhandled(grpc);
  const registry = openRegistry(options.descriptors);
  const checkOf = createChecks(registry);
  const health = addHealth(grpc);
  const services: string[] = [];
  const closing = new AbortController();
  const stop = (): void => closing.abort(stoppingError());
  host.stopping.addEventListener("abort", stop, { once: true });
  let boundPort = config.port;

  const adapt = (service: RpcService, method: RpcMethod, handler: AnyHandler): UntypedHandleCall => {
    const path = pathOf(service, method);
    const kind = kindOf(method);
    const named = { name: path.slice(1), rule: accessRuleOf(registry, service, method) };
    const check = checkOf(service, method);
    const defaultMs = kind === "unary" ? config.unaryDeadlineMs : config.streamDeadlineMs;
    observer.declare(path, kind);
    return adaptHandler(
      {
        kind,
        callOf(metadata) {
          const call = observer.callOf(metadata);
          if (!Number.isFinite(call.deadlineAt)) call.deadlineAt = Date.now() + defaultMs;
          call.observers.scope.deadlineAt = call.deadlineAt;
          if (kind !== "unary") endWith(closing.signal, call);
          return call;
        },
        admit: (call) => admit(call, named, { authenticate: options.authenticate, log: host.log }),
        inspect(message) {
          const bytes = check && bytesOf(message);
          if (bytes) check(bytes);
        },
      },
      handler,
    );
  };

  const self: GrpcServer = {
    add(service, handlers) {
      const methods = Object.entries(service.methods).map(([key, method]) => {
        const handler = handlers[key as keyof typeof handlers] as AnyHandler | undefined;
        if (!handler) throw new Error(`${service.fullName}/${method.name} has no handler.`);
        const definition = grpcMethod(service, method);
        const requestDeserialize = keepBytes(definition.requestDeserialize);
        return {
          name: method.name,
          definition: { ...definition, requestDeserialize },
          handle: adapt(service, method, handler),
        };
      });
      grpc.addService(
        Object.fromEntries(methods.map(({ name, definition }) => [name, definition])),
        Object.fromEntries(methods.map(({ name, handle }) => [name, handle])),
      );
      services.push(service.fullName);
    },
    async listen() {
      const described = loadFileDescriptorSetFromBuffer(Buffer.from(options.descriptors));
      new ReflectionService(described, { services }).addToServer(grpc);
      boundPort = await bind(grpc, config);
      health.serving(services);
      host.log.info({ port: boundPort, services }, "gRPC server is listening");
      return self;
    },
    get port() {
      return boundPort;
    },
    async close() {
      host.stopping.removeEventListener("abort", stop);
      health.stop();
      stop();
      await shutDown(grpc, config.drainMs);
    },
  };
  return self;
}

/** A stream would hold the drain up to its end: it is ended when the server stops, and its caller comes back to another instance. */
function endWith(closing: AbortSignal, call: ServerCall): void {
  const end = (): void => {
    call.error ??= closing.reason;
    call.abort.abort(closing.reason);
  };
  if (closing.aborted) end();
  else closing.addEventListener("abort", end, { once: true, signal: call.abort.signal });
}

function stoppingError(): AppError {
  return new AppError({
    category: "unavailable",
    reason: "STOPPING",
    message: "This instance is stopping; call again",
  });
}
