import { type MethodDefinition, Server, type UntypedHandleCall } from "@grpc/grpc-js";
import { service as healthService } from "grpc-health-check";
import { AppError } from "../errors";
import type { Closable, ServiceHost } from "../lifecycle";
import { admit, unknownCaller } from "./admission";
import { bind, serverOptions, shutDown } from "./bind";
import { openContracts, type OpenAccess, type RuledAccess } from "./contracts";
import { kindOf, pathOf, type RpcMethod, type RpcService, wireMethod } from "./definition";
import { openFaults } from "./fault-routes";
import { addHealth } from "./health";
import { messageCodec } from "./message-codec";
import { Callers } from "./callers";
import { Door } from "./door";
import { CallObserver } from "./observe-calls";
import { logRequests } from "./payload-log";
import { certificateRuleOf, overCertificate } from "./peer-certificate";
import { addReflection } from "./reflection";
import { reflectionServiceName, reflectionVersions } from "./reflection-contract";
import { routeGrpcLog } from "./route-log";
import type { ServerCall } from "./server-call";
import { adaptHandler, type AnyHandler } from "./server-handlers";
import type { GrpcServerConfig } from "./settings";
import type { CallSignals } from "./signals";
import type { Handlers } from "./types";

export type GrpcServerOptions = (RuledAccess | OpenAccess) & {
  /** How the end of a call is seen; `private`, the default, falls back to `public` by itself on a grpc-js without the hook. */
  hooks?: "private" | "public";
  /** What is told of calls beside the metrics; everything by default. */
  signals?: CallSignals;
};

/** A gRPC server whose calls are observed, authenticated, checked and bounded in time. */
export type GrpcServer = Closable & {
  /** Adds a service before `listen`. Throws when a method does not say who may call it, or has no handler. */
  add<S extends RpcService>(service: S, handlers: Handlers<S>): void;
  /** Opens the port; health then reports SERVING while the host is ready. Throws when the port is taken. */
  listen(): Promise<GrpcServer>;
  /** The port it listens on. */
  readonly port: number;
};

/**
 * Makes a server. When the host stops, health says NOT_SERVING, its watches and all streams of answers end. `close` waits until that was said for
 * `stopNoticeMs`, lets open calls finish for `drainMs`, then cuts them off.
 */
export function createServer(
  host: ServiceHost,
  config: GrpcServerConfig,
  options: GrpcServerOptions,
): GrpcServer {
  routeGrpcLog(host.log);
  const observer = new CallObserver(host, options.hooks, options.signals);
  const grpc = new Server({ ...serverOptions(config), interceptors: [observer.interceptor] });
  observer.observeUnhandled(grpc);
  const callers = new Callers(config);
  if (config.maxConcurrentCalls > 0 && options.hooks !== "public") {
    const door = new Door(host, observer, callers, config);
    if (door.guard(grpc)) observer.followArrivals(door);
  }
  const contracts = openContracts(options);
  const authenticate = options.authenticate ?? unknownCaller;
  const certificates = certificateRuleOf(config.tls);
  const authenticateOver = (call: ServerCall) =>
    certificates ? overCertificate(certificates, call.certificateNames, authenticate) : authenticate;
  const faults = openFaults(host, config.faultInjectionKey);
  const health = addHealth(grpc);
  for (const method of Object.values(healthService)) observer.declare(method.path, method);
  const services: RpcService[] = [];
  let stoppedAt: number | undefined;
  const stop = (): void => {
    stoppedAt ??= Date.now();
    health.stop();
    for (const call of observer.open) if (isStreaming(call)) call.end(stoppingError());
  };
  host.stopping.addEventListener("abort", stop, { once: true });
  let boundPort = config.port;
  let listening = false;

  const adapt = (service: RpcService, method: RpcMethod, handler: AnyHandler): UntypedHandleCall => {
    const path = pathOf(service, method);
    const named = { name: path.slice(1), rule: contracts.ruleOf(service, method) };
    const defaultMs =
      method.requestStream || method.responseStream ? config.streamDeadlineMs : config.unaryDeadlineMs;
    observer.declare(path, method);
    return adaptHandler(
      {
        kind: kindOf(method),
        callOf(metadata) {
          const call = observer.callOf(metadata);
          if (call.deadlineAt === Number.POSITIVE_INFINITY) {
            call.deadlineAt = Date.now() + defaultMs;
            call.hasDefaultDeadline = true;
          }
          return call;
        },
        admit(call) {
          if (stoppedAt !== undefined && isStreaming(call)) throw stoppingError();
          const admitted = admit(call, named, authenticateOver(call), callers);
          return faults ? faults.meet(call, admitted) : admitted;
        },
        ...messageCodec(
          named.name,
          method,
          contracts.checkOf(service, method),
          config.maxMessageBytes,
          config.logPayloads ? logRequests(contracts.redactorOf(service, method)) : undefined,
        ),
      },
      handler,
    );
  };

  const self: GrpcServer = {
    add(service, handlers) {
      const definition: Record<string, MethodDefinition<Buffer, Buffer>> = {};
      const implementation: Record<string, UntypedHandleCall> = {};
      for (const [key, method] of Object.entries(service.methods)) {
        const handler = handlers[key as keyof typeof handlers] as AnyHandler | undefined;
        if (!handler) throw new Error(`${service.fullName}/${method.name} has no handler.`);
        definition[method.name] = wireMethod(pathOf(service, method), method);
        implementation[method.name] = adapt(service, method, handler);
      }
      grpc.addService(definition, implementation);
      services.push(service);
    },
    async listen() {
      const { registry, described } = contracts.reflected(services);
      addReflection(grpc, registry, [
        ...described,
        "grpc.health.v1.Health",
        ...reflectionVersions.map(reflectionServiceName),
      ]);
      boundPort = await bind(host, grpc, config);
      listening = true;
      const names = services.map(({ fullName }) => fullName);
      await health.follow(host, names);
      host.log.info({ port: boundPort, services: names }, "gRPC server is listening");
      return self;
    },
    get port() {
      return boundPort;
    },
    async close() {
      host.stopping.removeEventListener("abort", stop);
      stop();
      if (!listening) return;
      const noticeMs = (stoppedAt ?? 0) + config.stopNoticeMs - Date.now();
      if (noticeMs > 0) await new Promise((resolve) => setTimeout(resolve, noticeMs));
      await shutDown(grpc, config.drainMs, () => {
        host.log.warn({ open: observer.open.size, drainMs: config.drainMs }, "gRPC calls are cut off");
        for (const call of observer.open) call.end(stoppingError());
      });
    },
  };
  return self;
}

/** A stream of answers would hold the drain up to its end: it is ended when the server stops, and its caller comes back to another instance. */
function isStreaming({ method }: ServerCall): boolean {
  return !method.quiet && method.answersByStream;
}

function stoppingError(): AppError {
  return new AppError({
    category: "unavailable",
    reason: "STOPPING",
    message: "This instance is stopping; call again",
  });
}
