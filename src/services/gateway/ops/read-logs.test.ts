import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readOrderLogs } from "./read-logs";

const orderId = "8ab073d3-a9b3-4205-9b1b-4f0984753dee";
const traceId = "e20a0fc8caef24a5d3a699f6d67e739e";
const at = (second: number): string => `2026-01-01T10:00:${String(second).padStart(2, "0")}.000Z`;
const line = (fields: object): string => `${JSON.stringify({ level: "info", service: "mes", ...fields })}\n`;
const never = new AbortController().signal;

let folder: string;
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const messages = async (): Promise<string[]> =>
  (await readOrderLogs(folder, orderId, never)).lines.map(({ message }) => message);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "alexandrite-ops-logs-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("lines of an order come by time, whichever process wrote them, also those that were rotated away", async () => {
  write("shop.log", line({ time: at(3), msg: "paid", instance: "shop-2", order_id: orderId }));
  write(
    "mes.log",
    line({ time: at(4), msg: "queued", order_id: orderId }) + line({ time: at(4), msg: "other" }),
  );
  write("mes.log.1", line({ time: at(1), msg: `GET /api/v1/orders/${orderId} 200` }));
  write("notes.txt", line({ time: at(2), msg: "no log", order_id: orderId }));
  expect(await messages()).toEqual([`GET /api/v1/orders/${orderId} 200`, "paid", "queued"]);
});

test("a line tells its process, level, trace and other fields, of an error its words without the stack", async () => {
  const err = { type: "AppError", message: "no card", stack: "at pay" };
  const ids = { order_id: orderId, trace_id: traceId, span_id: "0011223344556677" };
  const fields = {
    level: "warn",
    time: at(1),
    msg: "refused",
    instance: "shop-2",
    ms: 7,
    reason: "CARD_DECLINED",
  };
  write("shop-2.log", line({ ...fields, ...ids, err }));
  expect((await readOrderLogs(folder, orderId, never)).lines).toEqual([
    {
      atMs: Date.parse(at(1)),
      service: "shop-2",
      level: "warn",
      message: "refused",
      detail: 'ms=7 reason=CARD_DECLINED err="no card"',
      traceId,
      spanId: "0011223344556677",
    },
  ]);
});

test("what only looked at the order is left out, and so is what is no line of ours", async () => {
  const looked = [
    {
      rpc_method: "alexandrite.events.v1.OrderEventsService/GetOrderEvents",
      msg: "asked",
      order_id: orderId,
    },
    { http_path: `/api/v1/ops/orders/${orderId}`, msg: "shown" },
    { http_path: `/ops/orders/${orderId}`, msg: "shown" },
  ];
  write("shop.log", looked.map((each) => line({ time: at(1), ...each })).join(""));
  write("postgres.log", `2026-01-01 10:00:00 UTC LOG: ${orderId}\n{"order_id":"${orderId}"`);
  expect(await messages()).toEqual([]);
});

test("lines are found wherever the pieces of a large file are cut, and the last one without its end", async () => {
  const filler = line({ time: at(0), msg: "x".repeat(700) });
  const parts = Array.from({ length: 40 }, (_, n) => {
    const mine = line({ time: at(n), msg: `line ${n}`, order_id: orderId });
    return filler.repeat(20 + n) + mine;
  });
  write("mes.log", parts.join("").trimEnd());
  expect(await messages()).toEqual(Array.from({ length: 40 }, (_, n) => `line ${n}`));
});

test("of more lines than are shown the newest stay, and it is said", async () => {
  write(
    "mes.log",
    Array.from({ length: 1_001 }, (_, n) => line({ time: at(n % 60), msg: "m", order_id: orderId })).join(""),
  );
  const { lines, isCut } = await readOrderLogs(folder, orderId, never);
  expect([lines.length, isCut]).toEqual([1_000, true]);
});

test("at the limit of time it says that there may be more", async () => {
  write("mes.log", line({ time: at(1), msg: "m", order_id: orderId }));
  expect(await readOrderLogs(folder, orderId, AbortSignal.abort())).toEqual({ lines: [], isCut: true });
});
