import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "../platform/errors";
import { type Call, openRecorder, outcomeOf, readHistory } from ".";

const anna = { role: "customer", id: "anna" };
const call: Call = { kind: "read", name: "getOrder", store: "shop", orderId: "o1" };
const fails = (error: unknown) => async (): Promise<never> => {
  throw error;
};

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "history-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("what clients saw is read back from the file as it was recorded", async () => {
  const file = join(folder, "history.jsonl");
  const recorder = openRecorder({ file });
  const client = recorder.client("anna-1", anna);
  await client.record(
    call,
    async () => 7,
    (version) => [{ orderId: "o1", version, status: "PAID" }],
  );
  await client.record(call, fails(new Error("socket hang up"))).catch(() => undefined);
  recorder.close();
  const { operations } = await readHistory([file]);
  expect(operations).toEqual(recorder.history().operations);
  expect(operations).toMatchObject([
    { client: "anna-1", caller: anna, outcome: "ok", seen: [{ version: 7 }] },
    { outcome: "unknown", reason: "Error", seen: [] },
  ]);
});

test("a line that a kill has cut off is left out, one in the middle is an error", async () => {
  const file = join(folder, "history.jsonl");
  const recorder = openRecorder({ file });
  await recorder.client("anna-1", anna).record(call, async () => 1);
  recorder.close();
  appendFileSync(file, '{"kind":"rea');
  expect((await readHistory([file])).operations).toHaveLength(1);
  appendFileSync(file, '\n{"kind":"read"}\n');
  await expect(readHistory([file])).rejects.toThrow("history.jsonl:2 is no operation");
});

test("a stream that breaks is unknown, and what came of it counts", async () => {
  async function* messages() {
    yield 1;
    yield 2;
    throw new AppError({ category: "unavailable", reason: "STOPPING", message: "stopping" });
  }
  const sight = (version: number) => ({ orderId: "o1", version, status: "CREATED" });
  const ended = await openRecorder()
    .client("anna-1", anna)
    .watch({ ...call, kind: "watch" }, messages, sight);
  expect(ended).toMatchObject({ outcome: "unknown", reason: "STOPPING" });
  expect(ended.seen).toHaveLength(2);
});

test("only a service's own refusal is one: a time limit, a broken connection and a fault inside are unknown", () => {
  const error = (category: "aborted" | "deadline_exceeded" | "internal", reason: string) =>
    new AppError({ category, reason, message: "" });
  expect(outcomeOf(error("aborted", "VERSION_MISMATCH"))).toEqual({
    outcome: "refused",
    reason: "VERSION_MISMATCH",
  });
  expect(outcomeOf(error("deadline_exceeded", "DEADLINE")).outcome).toBe("unknown");
  expect(outcomeOf(error("internal", "INTERNAL")).outcome).toBe("unknown");
  expect(outcomeOf(error("aborted", "PAYMENT_UNRESOLVED")).outcome).toBe("unknown");
  expect(outcomeOf({ httpStatus: 409, reason: "NOT_HOLDER" }).outcome).toBe("refused");
  expect(outcomeOf({ httpStatus: 503 }).outcome).toBe("unknown");
  expect(outcomeOf(new TypeError("fetch failed")).outcome).toBe("unknown");
});

test("what happens within a millisecond has an order where one recorder saw it, and none between two", async () => {
  const files = ["a.jsonl", "b.jsonl"].map((name) => join(folder, name));
  for (const file of files) {
    const recorder = openRecorder({ file });
    const client = recorder.client(file, anna);
    for (let n = 0; n < 200; n++) await client.record(call, async () => n);
    recorder.close();
  }
  const timesOf = async (read: readonly string[]) =>
    (await readHistory(read)).operations.flatMap(({ startedAt, endedAt }) => [startedAt, endedAt]);
  const times = await timesOf([files[0]!]);
  expect(times.every((time, n) => n === 0 || time > times[n - 1]!)).toBe(true);
  expect((await timesOf(files)).every(Number.isInteger)).toBe(true);
});
