/**
 * Whether Postgres may die and come back under load: SIGKILL, start, again.
 *
 *   --times N         restarts (20)
 *   --concurrency N   orders under way (4)
 *   --between N       milliseconds of load between two kills, and as many again at random (4,000)
 *
 * The last line is JSON; the exit code is 1 when an order was lost, a process ended, or a service took longer than 5 s to serve.
 */
import { parseArgs } from "node:util";
import { startSystem } from "../../e2e/system";
import { closeOnSignal } from "../../tools/close-on-signal";
import { wholeNumber } from "../../tools/whole-number";
import { runRestarts } from "./restarts";

const boundMs = 5_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      times: { type: "string", default: "20" },
      concurrency: { type: "string", default: "4" },
      between: { type: "string", default: "4000" },
    },
  });
  const system = await startSystem();
  const forget = closeOnSignal(() => system.stop());
  try {
    const report = await runRestarts(system, {
      times: wholeNumber("--times", values.times, 1),
      concurrency: wholeNumber("--concurrency", values.concurrency, 1),
      betweenMs: wholeNumber("--between", values.between, 1),
      progress: (line) => console.log(line),
    });
    const { lost, apart, crashes, serving_ms } = report;
    const holds = lost + apart + crashes.length === 0 && serving_ms.max <= boundMs;
    console.log(JSON.stringify({ ...report, holds }));
    if (!holds) process.exitCode = 1;
  } finally {
    await system.stop();
    forget();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
