import { type Budget, count, emptyReport, type PartReport } from "../part";
import { fuzzedFormats } from "./make-case";
import { runModels } from "./run-models";

/** Models of one format between two looks at the clock. */
const batch = 5_000;
const quietBatch = 50_000;

/** Every format in turn, until the time is up or each has had its cases. */
export async function fuzzModels(budget: Budget): Promise<Record<string, PartReport>> {
  const { seed, cases = Infinity, until, keepIn, say } = budget;
  const size = cases === Infinity ? batch : quietBatch;
  const reports: Record<string, PartReport> = {};
  for (let from = 0; from < cases; from += size) {
    for (const fuzzed of fuzzedFormats) {
      if (cases === Infinity && Date.now() > until) return reports;
      const report = (reports[`models/${fuzzed}`] ??= emptyReport());
      const done = await runModels(fuzzed, { seed, from, to: Math.min(from + size, cases), keepIn });
      report.cases += done.cases;
      report.peak_mb = Math.max(report.peak_mb ?? 0, done.peakMb);
      report.cpu_s = Math.round((report.cpu_s ?? 0) + done.cpuSeconds);
      report.findings.push(...done.findings);
      for (const [reason, times] of Object.entries(done.told)) count(report.told, reason, times);
      say(`models/${fuzzed}: ${report.cases} cases, ${report.findings.length} findings`);
    }
  }
  return reports;
}
