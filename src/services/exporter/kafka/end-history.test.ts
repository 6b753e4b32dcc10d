import { EndHistory } from "./end-history";

test("a record was written when the end went past it, evenly between two looks", () => {
  const history = new EndHistory();
  history.note(10, 1_000);
  history.note(10, 5_000);
  history.note(20, 10_000);
  history.note(20, 60_000);
  expect(history.writtenAt(10)).toBe(5_500);
  expect(history.writtenAt(14)).toBe(7_500);
  expect(history.writtenAt(19)).toBe(10_000);
});

test("a record older than the history is as old as the history at least, and one to come has no age", () => {
  const history = new EndHistory();
  expect(history.empty).toBe(true);
  history.note(10, 1_000);
  expect(history.writtenAt(3)).toBe(1_000);
  expect(history.writtenAt(10)).toBeUndefined();
});

test("a topic that was made anew has a history of its own", () => {
  const history = new EndHistory();
  history.note(50, 1_000);
  history.note(2, 2_000);
  expect(history.writtenAt(1)).toBe(2_000);
  expect(history.writtenAt(2)).toBeUndefined();
});

test("a long history keeps its ends and takes no more room", () => {
  const history = new EndHistory();
  for (let n = 0; n <= 5_000; n++) history.note(n, n * 1_000);
  expect(history.writtenAt(4_999)).toBe(5_000_000);
  expect(history.writtenAt(2_500)).toBeGreaterThan(2_400_000);
  expect(history.writtenAt(2_500)).toBeLessThan(2_600_000);
});
