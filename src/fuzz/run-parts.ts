import { fuzzCalls } from "./calls";
import { fuzzFloods } from "./floods";
import { fuzzHttp } from "./http";
import { fuzzKafka } from "./kafka";
import { fuzzModels } from "./models";
import type { Budget, PartReport } from "./part";
import { openTarget, type Target } from "./target";
import { fuzzTokens } from "./tokens";

type Reports = Record<string, PartReport>;

/** What is thrown at a running system. */
const systemParts: Readonly<Record<string, (budget: Budget, target: Target) => Promise<Reports>>> = {
  calls: fuzzCalls,
  http: fuzzHttp,
  tokens: fuzzTokens,
  kafka: fuzzKafka,
  floods: fuzzFloods,
};

export const partNames: readonly string[] = ["models", ...Object.keys(systemParts)];

/** Runs the parts one after another; `forMs` is shared among them. A system of its own is started for those that need one. */
export async function runParts(
  names: readonly string[],
  budget: Omit<Budget, "until">,
  forMs: number,
): Promise<Reports> {
  const share = forMs / names.length;
  const reports: Reports = {};
  if (names.includes("models"))
    Object.assign(reports, await fuzzModels({ ...budget, until: Date.now() + share }));
  const others = names.filter((name) => name !== "models");
  if (others.length === 0) return reports;
  budget.say("Starting a system of its own.");
  const target = await openTarget();
  try {
    for (const name of others)
      Object.assign(reports, await systemParts[name]!({ ...budget, until: Date.now() + share }, target));
  } finally {
    await target.close();
  }
  return reports;
}
