import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { logQuery, showLogs } from "./show-logs";

let folder: string;
const at = (second: number): string => `2026-01-01T10:00:0${second}.000Z`;
const json = (value: object): string => `${JSON.stringify(value)}\n`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "alexandrite-logs-"));
  writeFileSync(
    join(folder, "mes.log"),
    json({
      level: 30,
      time: Date.parse(at(1)),
      msg: "model stored",
      service: "mes",
      order_id: "o-1",
      trace_id: "t-1",
      bytes: 7,
    }) +
      json({
        level: "error",
        time: at(3),
        msg: "no price",
        order_id: "o-2",
        err: { type: "AppError", message: "open mesh", stack: "…" },
      }),
  );
  writeFileSync(join(folder, "postgres.log"), "2026-01-01 10:00:02.000 UTC [7] LOG:  ready\n\tcontinued\n");
  writeFileSync(join(folder, "pricing-2.log"), json({ level: 20, time: at(4), msg: "claimed" }));
});
afterEach(() => rmSync(folder, { recursive: true }));

const shown = async (env: Record<string, string>): Promise<string[]> => {
  const lines: string[] = [];
  await showLogs(folder, logQuery(env, false), (line) => lines.push(line));
  return lines;
};

test("lines of all processes come in order of time, readable, with ids and fields", async () => {
  expect(await shown({})).toEqual([
    "10:00:01.000 INFO  mes          model stored order_id=o-1 trace_id=t-1 bytes=7",
    "10:00:02.000 INFO  postgres     [7] LOG:  ready",
    "10:00:02.000 INFO  postgres     \tcontinued",
    '10:00:03.000 ERROR mes          no price order_id=o-2 err="AppError: open mesh"',
    "10:00:04.000 DEBUG pricing-2    claimed",
  ]);
});

test("ORDER, SERVICE and LEVEL choose lines; a service names all its instances", async () => {
  expect(await shown({ ORDER: "o-1" })).toEqual([expect.stringContaining("model stored")]);
  expect(await shown({ SERVICE: "pricing" })).toEqual([expect.stringContaining("claimed")]);
  expect(await shown({ LEVEL: "warn" })).toEqual([expect.stringContaining("no price")]);
});

test("a service or level that does not exist is refused with what there is", async () => {
  await expect(shown({ SERVICE: "msc" })).rejects.toThrow(
    "There is no log of msc; there are: mes, postgres, pricing-2.",
  );
  await expect(shown({ LEVEL: "loud" })).rejects.toThrow(
    "LEVEL=loud is none of trace, debug, info, warn, error, fatal.",
  );
});

test("following shows what comes, also from a log that was rotated or is new", async () => {
  const lines: string[] = [];
  const stop = new AbortController();
  const following = showLogs(
    folder,
    logQuery({ FOLLOW: "1", LINES: "0" }, false),
    (line) => lines.push(line),
    stop.signal,
  );
  await sleep(50);
  appendFileSync(join(folder, "mes.log"), json({ level: 30, time: at(5), msg: "one" }));
  await sleep(400);
  writeFileSync(join(folder, "mes.log"), json({ level: 30, time: at(6), msg: "two" }));
  writeFileSync(join(folder, "crm.log"), json({ level: 30, time: at(7), msg: "three" }));
  await sleep(400);
  stop.abort();
  await following;
  expect(lines.map((line) => line.split(" ").at(-1))).toEqual(["one", "two", "three"]);
});
