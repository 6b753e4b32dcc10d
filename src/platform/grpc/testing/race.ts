import { AppError } from "../../errors";
import type { CallContext } from "..";
import { type Kind, kinds } from "./drive";
import { type ProbeHandlers, untilAborted } from "./probe";

/** What happens in one call, in milliseconds from its start. */
export type RacePlan = {
  kind: Kind;
  /** How long it waits for its turn: calls that all start at once only race for the processor. */
  waitMs: number;
  /** Whether grpc-js's own client makes the call, so that it comes without a deadline and gets the server's. */
  foreign: boolean;
  deadlineMs: number;
  cancelMs: number | undefined;
  /** Leaves the stream of answers after the first. */
  abandons: boolean;
  end: "ok" | "refuse" | "throw" | "fail late";
  endMs: number;
};

/** What happens to a server and to the connection meanwhile. */
export type RoundPlan = {
  hooks: "private" | "public";
  serverDeadlineMs: number;
  drainMs: number;
  calls: RacePlan[];
  /** With which calls' start the connection is cut, and how long after it. */
  cuts: { at: number; afterMs: number }[];
  stop: { at: number; afterMs: number } | undefined;
};

/** Numbers from 0 to 1 that depend on the seed alone (mulberry32, https://github.com/bryc/code/blob/master/jshash/PRNGs.md). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws a round in which deadline, cancellation and handler's end of each call come within a millisecond or so. */
export function planRound(random: () => number, calls: number): RoundPlan {
  const chance = (share: number): boolean => random() < share;
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const serverDeadlineMs = 10 + Math.floor(random() * 60);
  const planCall = (): RacePlan => {
    const foreign = chance(0.15);
    const meetMs = foreign ? serverDeadlineMs : 10 + random() * 100;
    const about = (): number => Math.max(0, meetMs + (random() - 0.5) * 1.6);
    return {
      kind: pick(kinds),
      waitMs: random() * 50,
      foreign,
      deadlineMs: chance(0.5) ? about() : 500,
      cancelMs: chance(0.4) ? about() : undefined,
      abandons: chance(0.1),
      end: pick(["ok", "ok", "refuse", "throw", "fail late"] as const),
      // Its end has to travel.
      endMs: chance(0.5) ? about() : Math.max(0, about() - random() * 20),
    };
  };
  const sometime = (from: number) => ({
    at: Math.floor(calls * (from + random() * (1 - from))),
    afterMs: random() * 30,
  });
  return {
    hooks: chance(0.7) ? "private" : "public",
    serverDeadlineMs,
    drainMs: Math.floor(random() * 20),
    calls: Array.from({ length: calls }, planCall),
    cuts: Array.from({ length: Math.floor(random() * 3) }, () => sometime(0)),
    stop: chance(0.5) ? sometime(0.5) : undefined,
  };
}

/** Resolves after so many milliseconds; a fraction of one, which timers do not know, is told in turns of the event loop. */
export async function after(ms: number): Promise<void> {
  const whole = Math.floor(ms);
  if (whole > 0) await new Promise((resolve) => setTimeout(resolve, whole));
  for (let turns = Math.round((ms - whole) * 10); turns > 0; turns--)
    await new Promise((resolve) => setImmediate(resolve));
}

/** How a handler is told its part of a call that starts now; caller and handler have one clock. */
export function partOf({ end, endMs }: RacePlan): Record<string, string> {
  return { "race-end": end, "race-end-at": String(performance.now() + endMs) };
}

async function perform(call: CallContext): Promise<void> {
  const end = call.metadata["race-end"];
  await after(Number(call.metadata["race-end-at"]) - performance.now());
  if (end === "refuse")
    throw new AppError({ category: "not_found", reason: "NO_PROBE", message: "There is no such probe" });
  if (end === "throw") throw new Error("boom");
  if (end === "fail late") {
    await untilAborted(call);
    throw new Error("too late");
  }
}

const empty = Buffer.alloc(0);

/** Handlers that end as `partOf` says. */
export const racingHandlers: ProbeHandlers = {
  unary: async ({ wish }, call) => {
    await perform(call);
    return { wish, padding: empty };
  },
  clientStream: async (requests, call) => {
    let last = "";
    for await (const { wish } of requests) last = wish;
    await perform(call);
    return { wish: last };
  },
  serverStream: async function* ({ wish }, call) {
    yield { wish, padding: empty };
    await perform(call);
    yield { wish, padding: empty };
  },
  bidiStream: async function* (requests, call) {
    for await (const { wish } of requests) {
      yield { wish };
      await perform(call);
    }
  },
};
