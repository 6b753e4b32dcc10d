import { countInstructions, instructionCounter, parseInstructions } from "./instructions";

test("perf's line is read, and what it could not count is no number", () => {
  expect(parseInstructions("2204918,,instructions:u,612345,100.00,,\n")).toBe(2_204_918);
  expect(parseInstructions("2204918,,instructions,612345,100.00,1.2,insn per cycle\n")).toBe(2_204_918);
  expect(parseInstructions("<not supported>,,instructions,0,100.00,,\n")).toBeUndefined();
  expect(parseInstructions("<not counted>,,instructions:u,0,0.00,,\n")).toBeUndefined();
  expect(parseInstructions("")).toBeUndefined();
});

test("a machine is asked whether it counts, and then it does", async () => {
  const { available, sentence } = instructionCounter();
  expect(sentence).toMatch(available ? /^counted/ : /^not counted: /);
  if (!available) return;
  const { instructions } = await countInstructions(process.pid, async () => {
    for (let i = 0; i < 1e7; i++) Math.sqrt(i);
  });
  expect(instructions).toBeGreaterThan(1e6);
});
