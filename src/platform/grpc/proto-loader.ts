import { fileURLToPath } from "node:url";
import { loadSync, type Options } from "@grpc/proto-loader";
import type { RpcMethod, RpcService } from "./definition";
import { repairFiles } from "./proto-loader-files";

/** What is used of one method of a proto-loader definition; grpc-js's `ServiceDefinition` has it as well. */
type LoadedMethod = {
  path: string;
  requestStream: boolean;
  responseStream: boolean;
  // Its types differ per method and are not known here; `never` and `unknown` accept all of them.
  requestSerialize(message: never): Buffer;
  requestDeserialize(bytes: Buffer): unknown;
  responseSerialize(message: never): Buffer;
  responseDeserialize(bytes: Buffer): unknown;
  originalName?: string | undefined;
  requestType?: { fileDescriptorProtos?: readonly Uint8Array[] };
};
type LoadedService = Readonly<Record<string, LoadedMethod>>;
type LoadedPackage = Readonly<Record<string, object>>;

/** A method's messages and which sides stream, for the types of handlers and clients; proto-loader itself knows no types. */
export type MethodShape = {
  request: unknown;
  response: unknown;
  requestStream?: true;
  responseStream?: true;
};

/** No types were stated: every name is a method, of messages that are `unknown`. */
type NoShapes = Record<never, MethodShape>;

type MessageOf<T> = { encode(message: T): { finish(): Uint8Array }; decode(input: Uint8Array): T };

/** A service with the types that were stated for it. */
export type ShapedService<M extends Readonly<Record<keyof M, MethodShape>>> = RpcService & {
  readonly methods: {
    readonly [K in keyof M]: {
      readonly name: string;
      readonly requestType: MessageOf<M[K]["request"]>;
      readonly requestStream: M[K] extends { requestStream: true } ? true : false;
      readonly responseType: MessageOf<M[K]["response"]>;
      readonly responseStream: M[K] extends { responseStream: true } ? true : false;
    };
  };
};

/**
 * Makes a service for `server.add` and `openClient` of what `@grpc/proto-loader` has loaded: a package definition, or one service's definition. Methods are found under
 * proto-loader's `originalName` (`SayHello` as `sayHello`). State the types as the type argument; without it messages are `unknown`. Reflection describes the service from
 * the loader's descriptors, which have no validation rules and no access rules: for those give the server `descriptors`, such as `buf build -o` writes. Throws when
 * there is no such service.
 */
export function fromProtoLoader<M extends Readonly<Record<keyof M, MethodShape>> = NoShapes>(
  loaded: object,
  fullName: string,
): ShapedService<M> {
  const service = serviceIn(loaded as LoadedPackage, fullName);
  const methods: Record<string, RpcMethod> = {};
  for (const [key, method] of Object.entries(service)) {
    const name = method.path.slice(method.path.lastIndexOf("/") + 1);
    methods[method.originalName ?? key] = {
      name,
      requestStream: method.requestStream,
      responseStream: method.responseStream,
      requestType: messageOf(method.requestSerialize, method.requestDeserialize),
      responseType: messageOf(method.responseSerialize, method.responseDeserialize),
    };
  }
  const files = Object.values(service).find(({ requestType }) => requestType)?.requestType
    ?.fileDescriptorProtos;
  const found: RpcService = {
    name: fullName.slice(fullName.lastIndexOf(".") + 1),
    fullName,
    methods,
    descriptors: files && repairFiles(files),
  };
  // The types are the caller's word: what was loaded has none.
  return found as ShapedService<M>;
}

/**
 * Loads a service from its .proto file, without generated code. Fields are in camel case, 64-bit integers and enum values are strings, unset fields have their defaults,
 * oneofs name the field that is set; `options` overrides each. Throws when the file or the service is missing.
 */
export function loadService<M extends Readonly<Record<keyof M, MethodShape>> = NoShapes>(
  file: string | URL,
  fullName: string,
  options: Options = {},
): ShapedService<M> {
  const path = file instanceof URL ? fileURLToPath(file) : file;
  const settled = { longs: String, enums: String, defaults: true, oneofs: true, ...options };
  const service = fromProtoLoader<M>(loadSync(path, settled), fullName);
  if (settled.keepCase) return service;
  // Fields in camel case have lost the names that reflection should show.
  const { descriptors } = fromProtoLoader(loadSync(path, { ...settled, keepCase: true }), fullName);
  return { ...service, descriptors };
}

function serviceIn(loaded: LoadedPackage, fullName: string): LoadedService {
  const found = loaded[fullName] ?? loaded;
  const methods = Object.values(found);
  const path = `/${fullName}/`;
  if (methods.length > 0 && methods.every((each) => isMethod(each) && each.path.startsWith(path)))
    return found as LoadedService;
  const others = Object.keys(loaded).filter((name) => Object.values(loaded[name] ?? {}).some(isMethod));
  throw new Error(
    `There is no service ${fullName} in what was loaded; there is ${others.join(", ") || "none"}.`,
  );
}

function isMethod(value: unknown): value is LoadedMethod {
  return typeof value === "object" && value !== null && "requestSerialize" in value && "path" in value;
}

function messageOf(
  serialize: (message: never) => Buffer,
  deserialize: (bytes: Buffer) => unknown,
): RpcMethod["requestType"] {
  return {
    encode(message) {
      const bytes = serialize(message);
      return { finish: () => bytes };
    },
    decode: (input) => deserialize(input as Buffer),
  };
}
