import { backOffMs } from "./back-off";

test("waits grow by half from a second to a minute and never beyond", () => {
  const middle = () => 0.5;
  expect([1, 2, 3].map((tries) => backOffMs(tries, middle))).toEqual([1_000, 1_500, 2_250]);
  expect(backOffMs(1_000_000, middle)).toBe(60_000);
});
