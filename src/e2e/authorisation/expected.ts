import { descriptorSet } from "../../gen/descriptors";
import { accessRulesOf } from "../../platform/grpc";
import { deadlineMs, type Outcome } from "./call";
import type { ObjectKind } from "./object-rules";

export const roles = ["anonymous", "customer", "partner", "seller", "operator", "service"] as const;
export type Role = (typeof roles)[number];
export const objects = ["own", "foreign", "missing"] as const;
export type Which = (typeof objects)[number];

/** Who and on what, with what came of it. */
export type Cell = { role: Role; which: Which };
export const cells: readonly Cell[] = roles.flatMap((role) => objects.map((which) => ({ role, which })));
export type Seen = Cell & Outcome;

/** Who may call each method, as its proto says. */
export const rules = accessRulesOf(descriptorSet, "alexandrite.");
export type AccessRule = (typeof rules)[number]["rule"];

export function ruleOf(rpc: string): AccessRule {
  const found = rules.find(({ service, method }) => `${service}/${method}` === rpc);
  if (!found) throw new Error(`There is no method ${rpc}.`);
  return found.rule;
}

/** What the annotation and the object rule make of a cell. */
export function expected(rule: AccessRule, kind: ObjectKind, role: Role, which: Which): Outcome["told"] {
  if (!rule.anonymous && role === "anonymous") return "UNAUTHENTICATED";
  if (!rule.anonymous && !(rule.roles as ReadonlySet<string>).has(role)) return "PERMISSION_DENIED";
  const isOwnerRole = role === "customer" || role === "partner";
  if (kind === "owned" && (which === "missing" || (which === "foreign" && isOwnerRole))) return "NOT_FOUND";
  if (kind === "unmade") return "NOT_FOUND";
  if (kind === "new" && which === "foreign") return "ALREADY_EXISTS";
  return "ADMITTED";
}

/** Whoever may not call learns nothing of objects, and neither the words nor the time tell a foreign object from a missing one. */
export function expectNothingTold(seen: readonly Seen[], kind: ObjectKind, waits = false): void {
  for (const role of roles) {
    const [own, foreign, missing] = objects.map((which) =>
      seen.find((each) => each.role === role && each.which === which)!,
    );
    if (own!.told === "UNAUTHENTICATED" || own!.told === "PERMISSION_DENIED")
      expect(new Set([own!.text, foreign!.text, missing!.text]).size).toBe(1);
    if (kind !== "owned" || foreign!.told !== "NOT_FOUND") continue;
    // A deadline that passes on the way has no words.
    if (foreign!.text !== "" && missing!.text !== "")
      expect([foreign!.reason, foreign!.text]).toEqual([missing!.reason, missing!.text]);
    if (waits) for (const { ms } of [foreign!, missing!]) expect(ms).toBeGreaterThan(deadlineMs / 2);
  }
}
