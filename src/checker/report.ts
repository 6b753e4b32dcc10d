import type { Checked } from "./check-all";
import { invariants } from "./invariants";
import type { Quiescence } from "./quiescence";

/** Of one invariant no more breaches are shown. */
const most = 10;

/** The report for people: every invariant with its outcome, and each breach with what, where, and what was to be. */
export function renderReport(
  { checked, skipped, breaches, orders, operations }: Checked,
  quiescence?: Quiescence,
): string[] {
  const lines = [`${orders} orders in the stores, ${operations} operations in the history.`];
  if (quiescence && !quiescence.quiet)
    lines.push(`It did not come to rest within ${quiescence.waitedMs} ms: ${quiescence.pending.join(", ")}.`);
  for (const { name, promises } of invariants) {
    const found = breaches.filter(({ invariant }) => invariant === name);
    if (skipped.includes(name)) lines.push(`  -       ${name}: nothing to look at`);
    if (!checked.includes(name)) continue;
    lines.push(found.length === 0 ? `  ok      ${name}` : `  BROKEN  ${name}: ${promises}`);
    for (const breach of found.slice(0, most))
      lines.push(
        `            ${breach.about}, ${breach.where}: found ${breach.found}; expected ${breach.expected}.`,
      );
    if (found.length > most) lines.push(`            and ${found.length - most} more`);
  }
  lines.push(
    breaches.length === 0
      ? "Everything holds."
      : `${breaches.length} ${breaches.length === 1 ? "breach" : "breaches"}.`,
  );
  return lines;
}

/** The last line: JSON for machines. */
export function summarise(
  { checked, skipped, breaches, orders, operations }: Checked,
  quiescence?: Quiescence,
): string {
  const broken = [...new Set(breaches.map(({ invariant }) => invariant))];
  return JSON.stringify({
    orders,
    operations,
    checked: checked.length,
    skipped: skipped.length,
    ...(quiescence && { quiet: quiescence.quiet, waited_ms: quiescence.waitedMs }),
    violations: breaches.length,
    broken,
  });
}
