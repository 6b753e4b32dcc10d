import type { Operation } from "../checker";
import { explain } from "./explain";
import type { FaultRun } from "./play";

const order = "00000000-0000-4000-8000-00000000000a";
const busy = "00000000-0000-4000-8000-00000000000b";

function call(fields: Partial<Operation>): Operation {
  return {
    kind: "move",
    name: "pay",
    client: "anna-1",
    caller: { role: "customer", id: "1" },
    startedAt: 0,
    endedAt: 1_000,
    outcome: "ok",
    seen: [],
    ...fields,
  };
}

const fault = (fields: Partial<FaultRun>): FaultRun => ({
  kind: "kill",
  target: "shop",
  atMs: 0,
  forMs: 0,
  dose: 0,
  cycle: 1,
  beganAt: 0,
  endedAt: 0,
  said: ["killed shop-2"],
  ...fields,
});

const breach = (invariant: string, about: string) => ({
  invariant,
  about,
  where: "shop",
  found: "v4 PAID",
  expected: "v5 IN_PRODUCTION",
});

test("the case with the fewest calls of the gravest invariant is told, with its calls and the faults near them", () => {
  const breaches = [
    breach("services-agree", order),
    breach("no-lost-order", busy),
    breach("no-lost-order", order),
  ];
  const operations = [
    call({
      orderId: order,
      startedAt: 1_000,
      endedAt: 2_000,
      expectedVersion: 3,
      outcome: "unknown",
      reason: "TimeoutError",
    }),
    call({ orderId: busy }),
    call({ orderId: busy, name: "cancel" }),
  ];
  const near = fault({ beganAt: 500, endedAt: 1_500 });
  const far = fault({ kind: "freeze", target: "crm", beganAt: 60_000, endedAt: 61_000 });
  const text = explain({ breaches }, { operations }, [near, far]).join("\n");
  expect(text).toMatch(/^no-lost-order: /);
  expect(text).toContain(`${order}, shop: found v4 PAID; expected v5 IN_PRODUCTION.`);
  expect(text).toContain("0.00 s  anna-1 pay from v3 unknown TimeoutError");
  expect(text).toContain("kill shop: killed shop-2");
  expect(text).not.toContain("freeze");
  expect(text).not.toContain("cancel");
});

test("looks that show nothing new are left out", () => {
  const look = (version: number, startedAt: number): Operation =>
    call({
      kind: "read",
      name: "get",
      orderId: order,
      startedAt,
      seen: [{ orderId: order, version, status: "PAID" }],
    });
  const operations = [look(1, 1), look(1, 2), look(2, 3), look(2, 4)];
  const lines = explain({ breaches: [breach("services-agree", order)] }, { operations }, []);
  expect(lines.filter((line) => line.includes("get"))).toHaveLength(2);
});

test("a breach that no call has to do with shows all faults", () => {
  const breaches = [breach("no-orphan-object", "abc")];
  const lines = explain({ breaches }, { operations: [] }, [fault({}), fault({ kind: "freeze" })]);
  expect(lines.filter((line) => /kill|freeze/.test(line))).toHaveLength(2);
  expect(lines.join("\n")).not.toMatch(/NaN|Infinity/);
});

test("where nothing is broken nothing is told", () => {
  expect(explain({ breaches: [] }, { operations: [] }, [])).toEqual([]);
});
