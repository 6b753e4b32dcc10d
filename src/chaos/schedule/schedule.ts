import { seededRandom, shuffled } from "../../bench/stats";
import { type FaultKind, faultKinds, linkNames, linksTo, rules } from "./kinds";
import type { Cycle, Fault } from "./types";

/** As many faults as a cycle has unless told otherwise. */
export const faultsPerCycle = 5;
/** The first fault comes after this long, in milliseconds, the next ones each so much later; both differ by chance. */
const firstMs = 1_500;
const betweenMs = 3_000;

type Card = Pick<Fault, "kind" | "target">;

/**
 * Which faults come when: a pure function of its arguments, and of the rules in `kinds.ts`. Kinds are dealt from a deck in which each lies by its share, a new deck when it is used up: so
 * every kind comes at least once in any run of cycles that is twice as long as a deck lasts. The targets of a kind are dealt in the same way.
 */
export function createSchedule(
  seed: number,
  cycles: number,
  { perCycle = faultsPerCycle }: { perCycle?: number } = {},
): Cycle[] {
  const random = seededRandom(seed);
  const kinds = deck(
    () => faultKinds.flatMap((kind) => Array.from({ length: rules[kind].share }, () => kind)),
    random,
  );
  const targets = decksOfTargets(random);
  const schedule: Cycle[] = [];
  // What does not go with the others of its cycle waits for the next one.
  let waiting: Card[] = [];
  for (let number = 1; number <= cycles; number++) {
    const chosen: Card[] = [];
    const left: Card[] = [];
    while (chosen.length < perCycle) {
      const kind = waiting.length > 0 ? undefined : kinds();
      const card = waiting.shift() ?? { kind: kind!, target: targets(kind!) };
      if (chosen.every((other) => goTogether(other, card))) chosen.push(card);
      else left.push(card);
    }
    waiting = [...left, ...waiting];
    schedule.push({ number, faults: timed(chosen, random) });
  }
  return schedule;
}

/** Gives the cards of a deck one by one, in a random order, and of a new deck when there are none left. */
function deck<T>(cards: () => readonly T[], random: () => number): () => T {
  let left: T[] = [];
  return () => {
    if (left.length === 0) left = shuffled(cards(), random);
    return left.pop()!;
  };
}

/** Kinds that do different things to the same links share a deck, so that every link has its turn soon; every other kind has its own. */
function decksOfTargets(random: () => number): (kind: FaultKind) => string {
  const decks = new Map<string, () => string>();
  return (kind) => {
    const { targets } = rules[kind];
    const name = targets === linkNames ? "links" : kind;
    const known = decks.get(name) ?? deck(() => targets, random);
    decks.set(name, known);
    return known();
  };
}

/** The links that a fault spoils. */
function linksOf({ kind, target }: Card): readonly string[] {
  if (kind === "s3-failing") return target === "killed" ? [] : linksTo("s3");
  if (kind === "oversleep") return target === "pricing" ? ["pricing>s3"] : [];
  return target.includes(">") ? [target] : [];
}

const onProcess = new Set<FaultKind>(["kill", "freeze", "oversleep", "clock", "roll"]);

/** The process that a fault does something to itself. */
function processOf({ kind, target }: Card): string | undefined {
  if (kind === "s3-failing") return "s3";
  return onProcess.has(kind) ? target : undefined;
}

/** What everything else needs is taken away once in a cycle: a cycle in which nothing works shows little. */
const foundations = new Set(["postgres", "kafka"]);

function goTogether(a: Card, b: Card): boolean {
  if (a.kind === b.kind && a.target === b.target) return false;
  if (foundations.has(a.target) && foundations.has(b.target)) return false;
  // Two on one link would hide each other, and one would end with the other.
  if (linksOf(a).some((link) => linksOf(b).includes(link))) return false;
  return processOf(a) === undefined || processOf(a) !== processOf(b);
}

/** Gives each its time. What takes long comes first. */
function timed(cards: readonly Card[], random: () => number): Fault[] {
  const faults = cards.map(({ kind, target }) => {
    const [least, most] = rules[kind].lastsMs;
    return { kind, target, forMs: Math.round(least + random() * (most - least)), dose: random() };
  });
  const length = ({ kind, forMs }: { kind: FaultKind; forMs: number }): number =>
    kind === "roll" ? 20_000 : forMs;
  return faults
    .sort((a, b) => length(b) - length(a))
    .map((fault, at) => ({
      ...fault,
      atMs: Math.round(firstMs + at * betweenMs + random() * (betweenMs / 2)),
    }));
}
