import { wholeNumber } from "./whole-number";

test("an option's number is whole and not below the least", () => {
  expect([wholeNumber("--times", "30"), wholeNumber("--times", "0"), wholeNumber("--times", "1", 1)]).toEqual(
    [30, 0, 1],
  );
});

test.each(["0", "-1", "1.5", "many", "", " ", "NaN"])("%j is refused with what it may be", (text) => {
  expect(() => wholeNumber("--times", text, 1)).toThrow("--times takes a whole number from 1, not ");
});
