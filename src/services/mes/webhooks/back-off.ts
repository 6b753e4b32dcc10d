const longestMs = 6 * 3_600_000;

/** The wait after a failed attempt: doubles with each of `tries`, up to 6 hours, and of that a random half is left out, so that a server which comes back is not met by all at once. */
export function backOffMs(tries: number, firstMs: number, random: () => number = Math.random): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(40, tries - 1));
  return Math.round(full * (0.5 + random() / 2));
}
