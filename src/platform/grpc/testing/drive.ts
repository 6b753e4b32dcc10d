import { connect, createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { type ServiceError, status } from "@grpc/grpc-js";
import { AppError, categories } from "../../errors";
import { codeName, type CallContext, type CallOptions } from "..";
import {
  adasToken,
  metadataOf,
  type Probe,
  type ProbeClient,
  type ProbeHandlers,
  untilAborted,
} from "./probe";

export const kinds = ["unary", "clientStream", "serverStream", "bidiStream"] as const;
export type Kind = (typeof kinds)[number];

/** As go-grpc-middleware's label `grpc_type` writes a kind. */
export const typeOf = {
  unary: "unary",
  clientStream: "client_stream",
  serverStream: "server_stream",
  bidiStream: "bidi_stream",
} as const;

export const methodOf = {
  unary: "Unary",
  clientStream: "ClientStream",
  serverStream: "ServerStream",
  bidiStream: "BidiStream",
} as const;

export const service = "alexandrite.testing.v1.ProbeService";

/** A method's path on the wire. */
export function pathOf(kind: Kind): string {
  return `/${service}/${methodOf[kind]}`;
}

const empty = Buffer.alloc(0);

async function perform(wish: string, call: CallContext): Promise<void> {
  if (wish === "refuse") {
    throw new AppError({ category: "not_found", reason: "NO_PROBE", message: "There is no such probe" });
  }
  if (wish === "throw") throw new Error("boom", { cause: new Error("the reason why") });
  if (wish === "throw nothing") throw undefined;
  if (wish === "pause") await after(50);
  if (wish === "hang") {
    await untilAborted(call);
    throw call.signal.reason;
  }
  if (wish === "fail late") {
    await untilAborted(call);
    await after(5);
    throw new Error("too late");
  }
}

/** Handlers of all kinds know their wish before they read: it is in the metadata too. */
function atOnce({ metadata: { wish } }: CallContext): void {
  if (wish === "throw at once") throw new Error("boom");
}

const nothing = undefined as never;

/** Handlers that do what the request's wish says: ok, refuse, throw, throw at once, throw nothing, return nothing, pause, hang, fail late, overflow. */
export const wishHandlers: ProbeHandlers = {
  unary: ({ wish }, call) => {
    atOnce(call);
    return perform(wish, call).then(() =>
      wish === "return nothing" ? nothing : { wish, padding: paddingOf(wish) },
    );
  },
  clientStream: (requests, call) => {
    atOnce(call);
    return (async () => {
      let last = "";
      for await (const { wish } of requests) await perform((last = wish), call);
      return last === "return nothing"
        ? nothing
        : { wish: last === "overflow" ? "x".repeat(2_000_000) : last };
    })();
  },
  serverStream: ({ wish }, call) => {
    atOnce(call);
    if (wish === "return nothing") return nothing;
    return (async function* () {
      yield { wish, padding: paddingOf(wish) };
      await perform(wish, call);
      yield { wish, padding: empty };
    })();
  },
  bidiStream: (requests, call) => {
    atOnce(call);
    if (call.metadata["wish"] === "return nothing") return nothing;
    return (async function* () {
      for await (const { wish } of requests) {
        yield { wish: wish === "overflow" ? "x".repeat(2_000_000) : wish };
        await perform(wish, call);
      }
    })();
  },
};

function paddingOf(wish: string): Buffer {
  return wish === "overflow" ? Buffer.alloc(2_000_000) : empty;
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** What a call by our client is given beside its wish. */
export type DriveOptions = CallOptions & {
  /** Leaves a stream of answers after so many. */
  stopAfter?: number;
  /** Bytes of the request beside its wish. */
  padding?: Buffer;
  /** Thrown by the stream of requests after the first. */
  breakWith?: Error;
};

/** Makes one call by our client and reads it to its end. Returns the code that its caller saw. */
export async function drive(
  client: ProbeClient,
  kind: Kind,
  wish: string,
  { stopAfter = Number.POSITIVE_INFINITY, padding = empty, breakWith, ...given }: DriveOptions = {},
): Promise<string> {
  const request = { wish, padding };
  const requests = (async function* () {
    yield request;
    if (breakWith) throw breakWith;
  })();
  const options = { ...given, metadata: { wish, ...given.metadata } };
  try {
    if (kind === "unary") await client.unary(request, options);
    else if (kind === "clientStream") await client.clientStream(requests, options);
    else {
      const answers =
        kind === "serverStream"
          ? client.serverStream(request, options)
          : client.bidiStream(requests, options);
      let seen = 0;
      for await (const _answer of answers) if (++seen >= stopAfter) break;
      if (seen >= stopAfter) return "abandoned";
    }
    return "OK";
  } catch (error) {
    if (breakWith && error === breakWith) return "broken";
    if (!(error instanceof AppError)) throw error;
    return codeName(categories[error.category].grpcStatus);
  }
}

const asItIs = (bytes: Buffer): Buffer => bytes;

/** Makes one call by grpc-js's own client with bytes as they are, without a deadline of its own. Returns the code that its caller saw. */
export function driveRaw(
  { raw }: Pick<Probe, "raw">,
  kind: Kind,
  bytes: Buffer,
  { method = methodOf[kind] as string, metadata = adasToken as Record<string, string> } = {},
): Promise<string> {
  const path = `/${service}/${method}`;
  const headers = metadataOf(metadata);
  return new Promise((resolve) => {
    const done = (error: ServiceError | null): void => resolve(codeName(error?.code ?? status.OK));
    switch (kind) {
      case "unary":
        raw.makeUnaryRequest(path, asItIs, asItIs, bytes, headers, done);
        break;
      case "clientStream":
        raw.makeClientStreamRequest(path, asItIs, asItIs, headers, done).end(bytes);
        break;
      case "serverStream":
        raw
          .makeServerStreamRequest(path, asItIs, asItIs, bytes, headers)
          .on("error", done)
          .on("end", () => done(null))
          .resume();
        break;
      case "bidiStream": {
        const call = raw.makeBidiStreamRequest(path, asItIs, asItIs, headers);
        call
          .on("error", done)
          .on("end", () => done(null))
          .resume();
        call.end(bytes);
      }
    }
  });
}

/** A wire between a client and a server that can be cut. */
export async function openWire(toPort: number): Promise<{ port: number; cut(): void; close(): void }> {
  const sockets = new Set<Socket>();
  const wire = createServer((near) => {
    const far = connect(toPort, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => wire.listen(0, "127.0.0.1", resolve));
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    port: (wire.address() as AddressInfo).port,
    cut,
    close() {
      wire.close();
      cut();
    },
  };
}
