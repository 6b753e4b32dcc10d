import { createFailedSignIns } from "./failed-sign-ins";

test("an account closes after its last allowed failure, alone, and opens again when its window ends", async () => {
  const failures = createFailedSignIns({ limit: 3, windowMs: 120 });
  failures.failed("a");
  failures.failed("a");
  expect(failures.closedForMs("a")).toBeUndefined();
  failures.failed("a");
  expect(failures.closedForMs("a")).toBeGreaterThan(0);
  expect(failures.closedForMs("a")).toBeLessThanOrEqual(120);
  expect(failures.closedForMs("b")).toBeUndefined();
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(failures.closedForMs("a")).toBeUndefined();
});

test("a success forgets the failures before it", () => {
  const failures = createFailedSignIns({ limit: 2, windowMs: 60_000 });
  failures.failed("a");
  failures.succeeded("a");
  failures.failed("a");
  expect(failures.closedForMs("a")).toBeUndefined();
});
