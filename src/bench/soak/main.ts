/**
 * Whether a server and a client keep anything of the calls that they have made: heap, series, listeners, handles.
 *
 *   --calls N         (200,000)
 *   --concurrency N   calls open at a time (64)
 *
 * The last line is JSON; the exit code is 1 when something did not hold.
 */
import { parseArgs } from "node:util";
import { wholeNumber } from "../../tools/whole-number";
import { type Checkpoint, runSoak } from "./soak";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      calls: { type: "string", default: "200000" },
      concurrency: { type: "string", default: "64" },
    },
  });
  // As in production, where most calls have no span.
  process.env["OTEL_TRACES_SAMPLER"] ??= "parentbased_traceidratio";
  process.env["OTEL_TRACES_SAMPLER_ARG"] ??= "0.1";
  const calls = wholeNumber("--calls", values.calls, 1);
  // Also opens standard output, which must not be taken for something left open.
  console.log(`${calls} calls`);
  const report = await runSoak({
    calls,
    concurrency: wholeNumber("--concurrency", values.concurrency, 1),
    progress: tell,
  });
  for (const breach of report.breaches) console.error(breach);
  console.log(JSON.stringify(report));
  if (report.breaches.length > 0) process.exitCode = 1;
}

function tell({ calls, heapBytes, series, listeners }: Checkpoint): void {
  const heap = (heapBytes / 2 ** 20).toFixed(2);
  const { signals, session, busiestSocket } = listeners;
  console.log(
    `${calls} calls: heap ${heap} MiB, ${series} series, listeners ${signals} on signals, ${session} on a session, ${busiestSocket} on a socket`,
  );
}

void main();
