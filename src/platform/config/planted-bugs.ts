import { ConfigError } from "./define-config";

/**
 * Faults that are built in on purpose, each switched off, to prove that the history checker finds them. Where one is asked for, `planted("name")` chooses the wrong way. What each does:
 */
export const plantedBugs = {
  "offset-first": "The consumer commits a message's offset before its handler has run.",
  "no-version-guard": "A command moves the order whatever version its caller saw.",
  "relay-by-cursor": "The relay follows the outbox by a cursor on its ids.",
  "relays-skip-locked": "Several relays take rows by SKIP LOCKED, without leases.",
  "no-fence": "MES takes reports of a job under any fence.",
  "lease-not-exclusive": "A job is given to the next worker while its lease runs.",
  "outbox-outside-transaction": "The outbox row is written in a transaction of its own.",
  "no-command-id": "A repeated command is not recognised.",
  "cache-not-invalidated": "What is in a cache counts as unchanged.",
  "error-swallowed": "The consumer takes a message for handled whose handling failed.",
  "poison-skipped": "A message that cannot be read is passed over.",
  "refund-forgotten": "A cancellation is applied without noting its refund.",
  "refund-twice": "The provider gives a payment back twice.",
  "gap-fetched-from-nobody": "Nobody is asked for missing versions.",
  "foreign-order-readable": "Whose an order is is not looked at.",
  "page-loses-one": "A list goes on behind the row that was read to know that there is more.",
  "watch-skips": "A stream tells the newest version only.",
  "price-ignores-quantity": "An order's price is that of one piece.",
  "answer-before-commit": "An order's creation is answered before it is committed.",
  "holder-not-asked": "A service moves orders that another one holds.",
  "object-without-row": "A model is put into the store before a row names it.",
} as const;

export type PlantedBug = keyof typeof plantedBugs;

let active: ReadonlySet<string> | undefined;

/** Whether this bug is switched on: by PLANTED_BUG (names, separated by commas) of the process, or by `plantBugs`. */
export function planted(name: PlantedBug): boolean {
  active ??= new Set(namesIn(process.env["PLANTED_BUG"]));
  return active.size > 0 && active.has(name);
}

/** Switches these on and all others off, for tests in this process. */
export function plantBugs(names: readonly PlantedBug[]): void {
  active = new Set(names);
}

/** Throws a ConfigError for a bug that there is not, and for any in production: NODE_ENV=production refuses PLANTED_BUG unless ALLOW_PLANTED_BUGS=1. */
export function mayPlantBugs(env: NodeJS.ProcessEnv): void {
  const names = namesIn(env["PLANTED_BUG"]);
  if (names.length === 0) return;
  const refuse = (fault: string, hint: string): never => {
    throw new ConfigError([{ name: "PLANTED_BUG", fault, hint }]);
  };
  const unknown = names.find((name) => !(name in plantedBugs));
  if (unknown !== undefined)
    refuse(`there is no planted bug ${unknown}`, `There are ${Object.keys(plantedBugs).join(", ")}`);
  if (env["NODE_ENV"] === "production" && env["ALLOW_PLANTED_BUGS"] !== "1")
    refuse(
      "is for tests of the history checker only",
      "Remove it; a test of a production build sets ALLOW_PLANTED_BUGS=1",
    );
}

function namesIn(text = ""): string[] {
  return text.split(",").flatMap((name) => (name.trim() === "" ? [] : [name.trim()]));
}
