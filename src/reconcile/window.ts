/** Where a walk through rows by time has come; `fullAt` (epoch milliseconds) is when the walk last began from the first row. */
export type Window = { at: string; id: string; fullAt: number };

/** How often everything is compared anew, not only what is new, in milliseconds. */
export const dayMs = 86_400_000;

/** Rows this young are left for the next round, in milliseconds: what belongs to them may be under way. */
export const settleMs = 30_000;

/** Goes on from a kept window; from the first row where there is none, or where the last whole walk is a day old. */
export function nextWindow(kept: Window | undefined, firstId: string): Window {
  if (kept && Date.now() - kept.fullAt < dayMs) return kept;
  return { at: new Date(0).toISOString(), id: firstId, fullAt: Date.now() };
}
