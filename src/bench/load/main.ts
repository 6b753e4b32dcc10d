/**
 * A load of all roles on a system of its own, steady and in spikes, against the last committed results. Times are told as ratios to a bare gRPC echo server that is called among the
 * others, so that a slow machine is slow for both.
 *
 *   --rounds N      of steady load and a spike each (6)
 *   --seconds N     of the steady load of a round; the spike takes a third (15)
 *   --tolerance N   how many times slower than committed is too slow (1.5)
 *   --save          write docs/load.json instead of holding the run against it
 *
 * The last line is JSON; the exit code is 1 when something is slower than it was, or when a call failed other than by a refusal.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createToolHost } from "../../tools/tool-host";
import { deliver } from "../roll/orders";
import { signInPeople } from "../roll/people";
import { openPlace } from "../../tools/place";
import { type CommittedLoad, committedOf, regressions, round } from "./compare";
import { runLoad } from "./run-load";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "6" },
      seconds: { type: "string", default: "15" },
      tolerance: { type: "string", default: "1.5" },
      save: { type: "boolean", default: false },
    },
  });
  const steadyMs = positive("--seconds", values.seconds) * 1_000;
  console.log("Starting a system of its own.");
  const place = await openPlace({
    GATEWAY: "1",
    SHOP: "1",
    CRM: "1",
    MES: "1",
    OPERATOR: "1",
    WORKER: "1",
    PRICING: "1",
  });
  const control = createToolHost("load");
  try {
    const { host } = control;
    const { settings } = place;
    const people = await signInPeople(host, settings);
    const orderIds = await Promise.all([0, 1, 2, 3].map((n) => deliver(people, settings.root, n)));
    const report = await runLoad(
      { host, settings, people, orderIds },
      {
        rounds: positive("--rounds", values.rounds),
        steadyMs,
        spikeMs: steadyMs / 3,
        capacity: { forMs: 8_000 },
        progress: (line) => console.log(line),
      },
    );
    const file = join(settings.root, "docs/load.json");
    for (const [name, { ratio, low, high }] of Object.entries(report.methods))
      console.log(`${name.padEnd(34)} ${round(ratio)} times the echo (${round(low)} to ${round(high)})`);
    for (const [fault, times] of Object.entries(report.faults)) console.error(`${times} × ${fault}`);
    const slower = values.save
      ? []
      : regressions(
          report,
          JSON.parse(readFileSync(file, "utf8")) as CommittedLoad,
          positive("--tolerance", values.tolerance),
        );
    if (values.save) writeFileSync(file, `${JSON.stringify(committedOf(report), null, 2)}\n`);
    for (const line of slower) console.error(line);
    const { methods: _methods, faults: _faults, ...figures } = report;
    console.log(JSON.stringify({ ...figures, ...committedOf(report), slower: slower.length }));
    if (slower.length > 0 || report.steady.failed + report.spike.failed > 0) process.exitCode = 1;
  } finally {
    await control.stop(5_000);
    await place.close();
  }
}

function positive(option: string, text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new Error(`${option} takes a number above 0, not ${text}.`);
  return number;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
