import { CallRates } from "./call-rates";

describe("the rates of calls", () => {
  test("how many of each class come is known after a tenth of a second, whether calls end or not, and forgotten after a second", () => {
    const rates = new CallRates(3);
    rates.measure(true, 5_000);
    for (let i = 0; i < 50; i++) rates.arrived(0);
    for (let i = 0; i < 100; i++) rates.arrived(1);
    rates.measure(true, 5_100);
    expect(rates.overtaking(0)).toBe(0);
    expect(rates.overtaking(1)).toBeCloseTo(0.3 * 0.5);
    expect(rates.overtaking(2)).toBeCloseTo(0.3 * 1.5);
    rates.measure(false, 6_200);
    expect(rates.overtaking(2)).toBe(0);
  });

  test("how fast calls end is known only from a time in which others waited, and includes the time before the first end", () => {
    const rates = new CallRates(1);
    rates.measure(false, 1_000);
    rates.ended(10);
    rates.measure(false, 1_100);
    expect(rates.endsPerMs).toBe(0);
    rates.beginWaiting(1_500);
    rates.measure(true, 1_900);
    expect(rates.endsPerMs).toBe(0);
    for (let i = 0; i < 100; i++) rates.ended(450);
    rates.measure(true, 2_000);
    expect(rates.endsPerMs).toBeCloseTo(100 / 500);
    rates.measure(false, 3_100);
    expect(rates.endsPerMs).toBe(0);
  });

  test("how long a call holds its slot is the average of the last ones, of which a slow one is one; one that never ran says nothing", () => {
    const rates = new CallRates(1);
    expect(rates.slotMs).toBe(0);
    rates.measure(false, 1_000);
    rates.ended(30_000);
    rates.measure(false, 1_100);
    expect(rates.slotMs).toBeCloseTo(30_000);
    for (let i = 0; i < 100; i++) rates.ended(10);
    rates.ended(undefined);
    expect(rates.slotMs).toBeCloseTo((0.7 * 30_000 + 100 * 10) / 100.7);
    rates.measure(false, 1_200);
    for (let i = 0; i < 100; i++) rates.ended(10);
    rates.measure(false, 2_200);
    expect(rates.slotMs).toBeLessThan(110);
  });

  test("how long calls took is forgotten when somebody has to wait after ten seconds without an end", () => {
    const rates = new CallRates(1);
    rates.measure(false, 1_000);
    rates.ended(700);
    rates.measure(false, 1_100);
    rates.beginWaiting(11_000);
    expect(rates.slotMs).toBeCloseTo(700);
    rates.beginWaiting(11_200);
    expect(rates.slotMs).toBe(0);
  });
});
