/** `why` says what a bound comes from. */
type Bounds = { least: number; most?: number; why?: string };

/** The longest that Node's timers wait in milliseconds, and the largest that an int32 holds. */
const largest = 2_147_483_647;

/** Gives `value` when it is within its bounds, `fallback` when it is undefined. Otherwise throws: which option, what it is, what it may be. */
export function wholeNumber(
  option: string,
  value: number | undefined,
  fallback: number,
  { least, most = largest, why }: Bounds,
): number {
  if (value === undefined) return fallback;
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  const reason = why === undefined ? "" : ` (${why})`;
  throw new Error(`${option} is ${value}; it must be a whole number from ${least} to ${most}${reason}.`);
}

/** The same for a number that may have a fraction; it must be above `above`. */
export function fraction(
  option: string,
  value: number | undefined,
  fallback: number,
  { above, most }: { above: number; most: number },
): number {
  if (value === undefined) return fallback;
  if (value > above && value <= most) return value;
  throw new Error(`${option} is ${value}; it must be a number above ${above}, at most ${most}.`);
}
