import { createGate } from "./gate";

const tick = () => new Promise((resolve) => setImmediate(resolve));

test("only so many run at a time; the others run in turn when places come free", async () => {
  const gate = createGate(2, 10, () => new Error("full"));
  const finish: (() => void)[] = [];
  const started: number[] = [];
  const runs = [0, 1, 2, 3].map((i) =>
    gate.pass(() => {
      started.push(i);
      return new Promise<void>((resolve) => finish.push(resolve));
    }),
  );
  await tick();
  expect(started).toEqual([0, 1]);
  finish[1]?.();
  await tick();
  expect(started).toEqual([0, 1, 2]);
  finish[0]?.();
  await tick();
  finish[2]?.();
  finish[3]?.();
  await Promise.all(runs);
  expect(started).toEqual([0, 1, 2, 3]);
});

test("beyond the queue's bound work is refused, and a failure gives its place back", async () => {
  const gate = createGate(1, 1, (waiting) => new Error(`${waiting} wait`));
  let fail: (error: Error) => void = () => undefined;
  const first = gate.pass(() => new Promise<void>((_resolve, reject) => (fail = reject)));
  const second = gate.pass(async () => "second");
  await expect(gate.pass(async () => "third")).rejects.toThrow("1 wait");
  fail(new Error("broken"));
  await expect(first).rejects.toThrow("broken");
  await expect(second).resolves.toBe("second");
  await expect(gate.pass(async () => "fourth")).resolves.toBe("fourth");
});
