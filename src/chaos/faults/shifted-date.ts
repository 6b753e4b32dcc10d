/** `Date`, so many milliseconds off. What measures time by the monotonic clock does not notice. */
export function shiftedDate(shiftMs: number, real: DateConstructor = Date): DateConstructor {
  const now = (): number => real.now() + shiftMs;
  return new Proxy(real, {
    construct: (target, given: unknown[], as) =>
      Reflect.construct(target, given.length === 0 ? [now()] : given, as) as Date,
    apply: () => new real(now()).toString(),
    get: (target, name, receiver) =>
      name === "now" ? now : (Reflect.get(target, name, receiver) as unknown),
  });
}
