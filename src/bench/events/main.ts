/**
 * What the events' path withstands, with the production modules against a PostgreSQL and a broker of its own.
 *
 *   relay-kills --kills N      SIGKILLs of relays, most of them between produce and mark (3,000)
 *
 * The last line is JSON; the exit code is 1 when something did not hold.
 */
import { parseArgs } from "node:util";
import { runRelayKills } from "./relay-kills";

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { kills: { type: "string", default: "3000" } },
  });
  if (positionals[0] !== "relay-kills")
    throw new Error(`The part is relay-kills, not ${positionals[0] ?? "missing"}.`);
  const report = await runRelayKills({
    kills: wholeNumber("--kills", values.kills),
    progress: (count) => console.log(`${count} kills`),
  });
  for (const breach of report.breaches) console.error(breach);
  console.log(JSON.stringify(report));
  if (report.breaches.length > 0) process.exitCode = 1;
}

function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`${option} takes a whole number from 1, not ${text}.`);
  return number;
}

void main();
