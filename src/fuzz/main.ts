/**
 * Hostile input: the readers of models, every RPC, the gateway, Kafka messages, tokens and keys, and floods. What must not be is a finding.
 *
 *   --minutes N   how long, shared by the parts (5)
 *   --cases N     how many cases of each part, and of models of each format, instead of a time
 *   --only a,b    parts (models,calls,http,tokens,kafka,floods); floods count seconds each as cases
 *   --seed N      repeats the cases of another run (by the clock)
 *   --keep FOLDER where the bytes of findings go (.alexandrite/fuzz)
 *
 * The last line is JSON; the exit code is 1 when something was found.
 */
import { parseArgs } from "node:util";
import { wholeNumber } from "../tools/whole-number";
import { storyOf } from "./finding";
import { partNames, runParts } from "./run-parts";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "5" },
      cases: { type: "string" },
      only: { type: "string", default: partNames.join(",") },
      seed: { type: "string", default: String(Date.now() % 1_000_000_007) },
      keep: { type: "string", default: ".alexandrite/fuzz" },
    },
  });
  const seed = wholeNumber("--seed", values.seed);
  const minutes = wholeNumber("--minutes", values.minutes);
  const cases = values.cases === undefined ? undefined : wholeNumber("--cases", values.cases);
  const names = values.only.split(",");
  for (const name of names)
    if (!partNames.includes(name)) throw new Error(`--only knows ${partNames.join(", ")}, not ${name}.`);
  console.log(`SEED=${seed} makes the same cases again.`);

  const startedAt = Date.now();
  const say = (line: string): void => console.log(line);
  const reports = await runParts(names, { seed, cases, keepIn: values.keep, say }, minutes * 60_000);
  const findings = Object.values(reports).flatMap((report) => report.findings);
  for (const finding of findings) console.error(storyOf(finding));
  const told = Object.entries(reports).map(([name, report]) => [
    name,
    { ...report, findings: report.findings.length },
  ]);
  const seconds = Math.round((Date.now() - startedAt) / 1_000);
  console.log(JSON.stringify({ seed, seconds, parts: Object.fromEntries(told), findings: findings.length }));
  if (findings.length > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
