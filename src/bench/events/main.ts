/**
 * What the events' path withstands, with the production modules against a PostgreSQL and a broker of its own.
 *
 *   relay-kills --kills N                        SIGKILLs of relays, most of them between produce and mark (3,000)
 *   backlog --minutes N --rate N                 the broker is down so long (10), at so many transitions per second (200)
 *   poison --rounds N --seconds N --rate N       one message in a hundred cannot be applied: so many runs (6) of that length (60) with poison and as many
 *                                                without, at so many transitions per second (50)
 *
 * The last line is JSON; the exit code is 1 when something did not hold.
 */
import { parseArgs } from "node:util";
import { runBacklog } from "./backlog";
import { runPoison } from "./poison";
import { runRelayKills } from "./relay-kills";

const progress = (line: string): void => console.log(line);

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      kills: { type: "string" },
      minutes: { type: "string" },
      rounds: { type: "string" },
      seconds: { type: "string" },
      rate: { type: "string" },
    },
  });
  const report = await run(positionals[0], (name, otherwise) => amount(name, values[name], otherwise));
  for (const breach of report.breaches) console.error(breach);
  console.log(JSON.stringify(report));
  if (report.breaches.length > 0) process.exitCode = 1;
}

type Option = "kills" | "minutes" | "rounds" | "seconds" | "rate";

async function run(
  part: string | undefined,
  option: (name: Option, otherwise: number) => number,
): Promise<{ breaches: string[] }> {
  switch (part) {
    case "relay-kills":
      return runRelayKills({
        kills: option("kills", 3_000),
        progress: (count) => progress(`${count} kills`),
      });
    case "backlog":
      return runBacklog({ seconds: option("minutes", 10) * 60, rate: option("rate", 200), progress });
    case "poison":
      return runPoison({
        rounds: option("rounds", 6),
        seconds: option("seconds", 60),
        rate: option("rate", 50),
        progress,
      });
    default:
      throw new Error(`The part is relay-kills, backlog or poison, not ${part ?? "missing"}.`);
  }
}

/** Minutes may be a part of one: `--minutes 0.5`. */
function amount(name: Option, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (number > 0 && (Number.isInteger(number) || name === "minutes")) return number;
  throw new Error(`--${name} takes a number above 0, not ${text}.`);
}

void main();
