/**
 * Holds a running local system, and what clients saw of it, against the invariants.
 *
 *   --history <file>     what `openRecorder` wrote; several times for several files. Without one, what needs a history is left out.
 *   --patience <s>       how long to wait until nothing is on its way (120); 0 reads at once
 *
 * The last line is JSON. The exit code is 1 when something does not hold, or it did not come to rest.
 */
import { Command, InvalidArgumentError } from "commander";
import {
  checkAll,
  openSystemSources,
  readEvidence,
  readHistory,
  renderReport,
  summarise,
  waitForQuiescence,
} from "../checker";
import { loadSettings } from "../stack/settings";

async function main(): Promise<number> {
  const { history: files, patience } = new Command("check-history")
    .option("--history <file>", "what clients saw", (file: string, files: string[]) => [...files, file], [])
    .option("--patience <seconds>", "how long to wait for rest", seconds, 120)
    .parse()
    .opts<{ history: string[]; patience: number }>();
  const history = await readHistory(files);
  const sources = await openSystemSources(loadSettings());
  try {
    const quiescence = await waitForQuiescence(sources, { patienceMs: patience * 1_000 });
    const checked = checkAll(await readEvidence(sources), history);
    for (const line of renderReport(checked, quiescence)) console.log(line);
    console.log(summarise(checked, quiescence));
    return checked.breaches.length === 0 && quiescence.quiet ? 0 : 1;
  } finally {
    await sources.close();
  }
}

function seconds(text: string): number {
  const value = Number(text);
  if (text !== "" && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError("It takes a number from 0.");
}

main().then(
  (code) => process.exit(code),
  (error: Error) => {
    console.error(`The check could not be made: ${error.message}. Is the system up? See \`make status\`.`);
    process.exit(1);
  },
);
