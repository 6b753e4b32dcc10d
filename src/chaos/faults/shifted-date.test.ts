import { shiftedDate } from "./shifted-date";

const tenMinutes = 600_000;

test("now and new dates are off, given dates and differences are not", () => {
  const Shifted = shiftedDate(tenMinutes);
  const before = Date.now();
  expect(Shifted.now() - before).toBeGreaterThanOrEqual(tenMinutes);
  expect(new Shifted().getTime() - before).toBeGreaterThanOrEqual(tenMinutes);
  expect(new Shifted(5).getTime()).toBe(5);
  expect(Shifted.UTC(2026, 0)).toBe(Date.UTC(2026, 0));
  expect(Shifted.parse("2026-01-01T00:00:00Z")).toBe(Date.parse("2026-01-01T00:00:00Z"));
});

test("its dates are dates to everybody", () => {
  const Shifted = shiftedDate(-tenMinutes);
  expect(new Shifted()).toBeInstanceOf(Date);
  expect(new Date()).toBeInstanceOf(Shifted);
  expect(structuredClone(new Shifted(7))).toEqual(new Date(7));
  expect(Shifted()).toMatch(/GMT/);
});
