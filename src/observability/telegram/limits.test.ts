import { createLimits } from "./limits";

let now = 0;
beforeEach(() => (now = 0));

const takeMany = (limits: ReturnType<typeof createLimits>, chat: string, count: number): number[] =>
  Array.from({ length: count }, () => limits.take(chat));

test("a chat takes a burst of 20 messages, then one a second", () => {
  const limits = createLimits(() => now);
  expect(takeMany(limits, "1", 21)).toEqual([...Array<number>(20).fill(0), 1]);
  now += 1_000;
  expect(takeMany(limits, "1", 2)).toEqual([0, 1]);
});

test("a group takes 20 messages a minute", () => {
  const limits = createLimits(() => now);
  expect(takeMany(limits, "-5", 21).at(-1)).toBe(3);
  now += 60_000;
  expect(takeMany(limits, "-5", 21).at(-1)).toBe(3);
});

test("all chats together take 30 messages a second", () => {
  const limits = createLimits(() => now);
  const waits = Array.from({ length: 31 }, (_, chat) => limits.take(String(chat)));
  expect(waits).toEqual([...Array<number>(30).fill(0), 1]);
});
