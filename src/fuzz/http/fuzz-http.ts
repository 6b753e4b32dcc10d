import { keepFinding } from "../finding";
import { type Budget, count, emptyReport, type PartReport } from "../part";
import { watchSurvival } from "../survival";
import type { Target } from "../target";
import { makeRequest } from "./make-request";
import { type RequestEnd, sendRequest } from "./send-request";

const concurrency = 16;
const tellEvery = 5_000;

/** Mutated requests to every route of the gateway: none may end in a 5xx but 503 and 504, or without an answer where one is due. */
export async function fuzzHttp(budget: Budget, target: Target): Promise<Record<string, PartReport>> {
  const { seed, cases = Infinity, until, keepIn, say } = budget;
  const report = emptyReport();
  const survived = await watchSurvival(target, "http", seed);
  const seen = new Set<string>();
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < cases && (cases !== Infinity || Date.now() < until)) {
      const n = next++;
      const made = makeRequest(target, seed, n);
      const end = await sendRequest(target.settings.ports.gateway, made);
      report.cases += 1;
      count(report.told, String(end.status ?? end.told));
      const fault = faultOf(end, made.whole);
      const first = made.bytes.subarray(0, 120).toString("latin1").split("\r\n")[0];
      if (
        fault !== undefined &&
        !seen.has(`${fault} ${first?.slice(0, 40)}`) &&
        report.findings.length < 50
      ) {
        seen.add(`${fault} ${first?.slice(0, 40)}`);
        const what = `${JSON.stringify(first)} was answered with ${fault}: ${end.answer.slice(-300)}`;
        report.findings.push(keepFinding(keepIn, { part: "http", seed, n, what }, made.bytes));
      }
      if (report.cases % tellEvery === 0)
        say(`http: ${report.cases} requests, ${report.findings.length} findings`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
  const { findings, peakMb } = await survived();
  report.findings.push(...findings);
  report.peak_mb = peakMb;
  return { http: report };
}

function faultOf({ status, told, answer }: RequestEnd, whole: boolean): string | undefined {
  if (status !== undefined && status >= 500 && status !== 503 && status !== 504) return String(status);
  if (/root:x:0:|"devDependencies"/.test(answer)) return "a file that is not the gateway's";
  if (told === "ECONNREFUSED") return told;
  return whole && status === undefined && told === "no answer" ? told : undefined;
}
