/** How long to wait before the next try: a second, half as long again each time, a minute at most, give or take a tenth. */
export function backOffMs(tries: number, random: () => number = Math.random): number {
  return Math.min(60_000, 1_000 * 1.5 ** Math.min(tries - 1, 20)) * (0.9 + random() * 0.2);
}
