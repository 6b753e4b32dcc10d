import { disagreementKinds } from "../../reconcile";
import type { Finding } from "./finding";

/** A disagreement as one line. */
export function renderFinding({ kind, id, sides, ageMs, repair, advice }: Finding): string {
  const outcome = repair ? "can be repaired" : (advice ?? "");
  return `  ${kind.padEnd(18)}  ${id}  ${renderAge(ageMs)}  ${sides}; ${outcome}`;
}

/** How many of each kind. */
export function renderSummary(findings: readonly Finding[]): string {
  if (findings.length === 0) return "Nothing disagrees.";
  const counts = disagreementKinds.flatMap((kind) => {
    const count = findings.filter((each) => each.kind === kind).length;
    return count === 0 ? [] : [`${count} ${kind}`];
  });
  return `${findings.length} disagreements: ${counts.join(", ")}.`;
}

function renderAge(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} d`;
}
