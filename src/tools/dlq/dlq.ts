import { hostname, userInfo } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Argument, Command, CommanderError, InvalidArgumentError } from "commander";
import { findLetters, readAnswers, readLetter, request, type RequestLine, type Which } from "./letters";
import { renderLetter, renderList, renderRequest } from "./render";
import { DlqError, inService, type LetterId, parseLetterId, type ServiceUrls } from "./services";

export type DlqOptions = {
  urls: ServiceUrls;
  print: (line: string) => void;
  /** Errors, and why somebody could not be asked. Default: `print`. */
  complain?: (line: string) => void;
};

type Asked = { service: string; action: "redeliver" | "drop"; ids: readonly number[] };
type Said = { by: string; wait: number; note?: string };

const good = new Set(["applied", "duplicate", "parked", "dropped", "resolved before"]);

/** Runs a command line of the dead letters' tool. Returns the exit code: 1 when something could not be done, or was not done in time. */
export async function dlq(
  argv: readonly string[],
  { urls, print, complain = print }: DlqOptions,
): Promise<number> {
  const services = Object.keys(urls);
  let code = 0;
  const letterId = (text: string): LetterId => parseLetterId(text, services);
  const program = new Command("dlq").exitOverride().configureOutput({ writeOut: print, writeErr: complain });

  program
    .command("list", { isDefault: true })
    .description("open dead letters of every service")
    .option("--order <id>", "of this order only")
    .option("--reason <reason>", "of this reason only")
    .option("--resolved", "those that are closed too")
    .action(async (which: Which) => {
      let shown = 0;
      for (const service of services) {
        try {
          const letters = await inService(urls, service, (client) => findLetters(client, which));
          shown += letters.length;
          renderList(service, letters).forEach(print);
        } catch (error) {
          complain((error as Error).message);
          code = 1;
        }
      }
      if (shown === 0 && code === 0) print("There are no dead letters.");
    });

  program
    .command("show")
    .description("all that is known of a dead letter")
    .addArgument(new Argument("<id>", "as the list shows it").argParser(letterId))
    .action(async ({ service, id }: LetterId) => {
      const found = await inService(urls, service, (client) => readLetter(client, id));
      if (!found) throw unknown(service, id);
      renderLetter(service, found.letter, found.requests).forEach(print);
    });

  program
    .command("redeliver")
    .description("apply dead letters again, in the group that failed; what is parked behind them follows")
    .argument("[ids...]", "as the list shows them")
    .option("--order <id>", "all of this order")
    .option("--reason <reason>", "all of this reason")
    .option("--all", "all that are open")
    .option("--note <text>", "why, for the record")
    .option("--by <name>", "who asks", whoAmI())
    .option("--wait <seconds>", "how long to wait for the services", seconds, 60)
    .action(async (ids: string[], which: Which & Said & { all?: boolean }) => {
      const chosen = [
        ids.length > 0,
        which.order !== undefined || which.reason !== undefined,
        which.all === true,
      ];
      if (chosen.filter(Boolean).length !== 1)
        throw new DlqError("Say which: ids, or --order and --reason, or --all.");
      const asked =
        ids.length > 0 ? await openOnes(ids.map(letterId)) : await matching({ ...which, resolved: false });
      await ask(
        asked.map((each) => ({ ...each, action: "redeliver" as const })),
        which,
        which.note ?? "",
      );
    });

  program
    .command("drop")
    .description("close dead letters without applying them")
    .argument("<ids...>", "as the list shows them")
    .requiredOption("--reason <text>", "why, for the record")
    .option("--by <name>", "who asks", whoAmI())
    .option("--wait <seconds>", "how long to wait for the services", seconds, 60)
    .action(async (ids: string[], said: Said & { reason: string }) => {
      if (said.reason.trim() === "") throw new DlqError('Say why: --reason "...".');
      const asked = await openOnes(ids.map(letterId));
      await ask(
        asked.map((each) => ({ ...each, action: "drop" as const })),
        said,
        said.reason,
      );
    });

  /** Letters by id; all of them have to be there and open, else nothing is asked of any. */
  async function openOnes(ids: readonly LetterId[]): Promise<{ service: string; ids: number[] }[]> {
    const asked = services
      .map((service) => ({
        service,
        ids: ids.filter((each) => each.service === service).map(({ id }) => id),
      }))
      .filter((each) => each.ids.length > 0);
    for (const each of asked) {
      const known = await inService(urls, each.service, (client) =>
        findLetters(client, { ids: each.ids, resolved: true }),
      );
      for (const id of each.ids) {
        const letter = known.find((one) => one.id === id);
        if (!letter) throw unknown(each.service, id);
        if (letter.resolution !== null)
          throw new DlqError(`Dead letter ${each.service}:${id} is closed: ${letter.resolution}.`);
      }
    }
    return asked;
  }

  async function matching(which: Which): Promise<{ service: string; ids: number[] }[]> {
    const asked: { service: string; ids: number[] }[] = [];
    for (const service of services) {
      const letters = await inService(urls, service, (client) => findLetters(client, which));
      if (letters.length > 0) asked.push({ service, ids: letters.map(({ id }) => id) });
    }
    if (asked.length === 0) print("No open dead letter is meant.");
    return asked;
  }

  async function ask(asked: readonly Asked[], { by, wait }: Said, reason: string): Promise<void> {
    const waiting = await Promise.all(
      asked.map(async ({ service, action, ids }) => ({
        service,
        requests: await inService(urls, service, (client) => request(client, action, ids, { by, reason })),
      })),
    );
    const until = Date.now() + wait * 1_000;
    for (const { service, requests } of waiting) {
      const answers = await inService(urls, service, async (client) => {
        for (;;) {
          const now = await readAnswers(client, requests);
          if (now.every(({ outcome }) => outcome !== null) || Date.now() > until) return now;
          await sleep(200);
        }
      });
      answers.forEach((answer) => tell(service, answer));
    }
  }

  function tell(service: string, answer: RequestLine): void {
    print(`${service}:${answer.dead_letter_id}  ${renderRequest(answer)}`);
    if (answer.outcome !== null && good.has(answer.outcome)) return;
    code = 1;
    if (answer.outcome === null)
      complain(`${service} has not answered; the request is kept, and taken up when the service runs.`);
  }

  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (error instanceof DlqError || error instanceof InvalidArgumentError) {
      complain(error.message);
      return 1;
    }
    // Commander has said it already.
    if (error instanceof CommanderError) return error.exitCode;
    throw error;
  }
  return code;
}

function unknown(service: string, id: number): DlqError {
  return new DlqError(`${service} has no dead letter ${id}.`);
}

function whoAmI(): string {
  return `${userInfo().username}@${hostname()}`;
}

function seconds(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError("It takes a number of seconds.");
}
