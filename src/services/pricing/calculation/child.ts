import { priceModel } from "../domain";
import { measureModel, ModelError } from "../geometry";
import type { ChildJob, ChildReport } from "./messages";

/** No more than so many reports of progress in a second. */
const reportEveryMs = 200;

/** The process of one calculation: a job by message, the model on standard input, reports by message. It reaches nothing else and ends with its job. */
function main(): void {
  process.once("message", (job: ChildJob) => {
    void calculate(job).then((report) => process.send?.(report, () => process.exit(0)));
  });
  // Whoever started it is gone, and with it whoever would take the result.
  process.once("disconnect", () => process.exit(1));
}

async function calculate({ format, unit, byteLength, terms }: ChildJob): Promise<ChildReport> {
  let reportedAt = 0;
  try {
    const geometry = await measureModel(process.stdin as AsyncIterable<Buffer>, {
      format,
      unit,
      byteLength,
      onProgress(fraction) {
        if (Date.now() - reportedAt < reportEveryMs) return;
        reportedAt = Date.now();
        process.send?.({ kind: "progress", fraction } satisfies ChildReport);
      },
    });
    return { kind: "measured", geometry, result: priceModel(geometry, terms), cpuSeconds: cpuSeconds() };
  } catch (error) {
    if (error instanceof ModelError) {
      return { kind: "refused", reason: error.reason, message: error.message, cpuSeconds: cpuSeconds() };
    }
    return {
      kind: "failed",
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

main();
