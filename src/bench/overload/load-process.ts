import type { RunOrder, RunReport, Times } from "./messages";
import { encodeCall, type Ending, WireConnection } from "./wire";

/** The load, as a process of its own. Latency counts from when a call was due, so a late generator cannot flatter the server. */
const path = "/alexandrite.bench.v1.BenchService/List";
const deadlineMs = 2_000;
const connections = 8;
const people = 100;
/** What a rate that has just begun does to operators is told apart from what it does afterwards. */
const atFirstMs = 1_000;

function callsOf(role: string, holdMs: number): Buffer[] {
  return Array.from({ length: people }, (_, i) =>
    encodeCall(path, {
      authorization: `Bearer ${role}-${i}`,
      "grpc-timeout": `${deadlineMs}m`,
      ...(holdMs > 0 && { "hold-ms": String(holdMs) }),
    }),
  );
}

type Sent = { dueAt: number; isOperator: boolean };

async function run(order: RunOrder): Promise<RunReport> {
  const open = new Map<string, Sent>();
  const answered: number[] = [];
  const byOperators: number[] = [];
  const byOperatorsAtFirst: number[] = [];
  const refused: number[] = [];
  const quarters: { refused: number; times: number[] }[] = [];
  let sent = 0;
  let good = 0;
  let failed = 0;
  let reset = 0;
  let operatorsRefused = 0;
  let again = 0;
  const holdMs = order.holdMs ?? 0;
  const operators = callsOf("operator", holdMs);
  const others = [...callsOf("customer", holdMs), ...callsOf("partner", holdMs)];
  const turns = { operators: 0, others: 0 };
  const startedAt = performance.now();
  const quarterOf = (at: number) =>
    (quarters[Math.floor((at - startedAt) / 250)] ??= { refused: 0, times: [] });
  const onEnd = (connection: number, stream: number, ending: Ending): void => {
    const key = `${connection} ${stream}`;
    const call = open.get(key);
    if (!call) return;
    open.delete(key);
    again += 1;
    const now = performance.now();
    const ms = now - call.dueAt;
    if (ending === "answered") {
      if (ms <= deadlineMs) good += 1;
      const operators = call.dueAt - startedAt < atFirstMs ? byOperatorsAtFirst : byOperators;
      (call.isOperator ? operators : answered).push(ms);
      quarterOf(now).times.push(ms);
    } else if (ending === "refused") {
      refused.push(ms);
      quarterOf(now).refused += 1;
      if (call.isOperator) operatorsRefused += 1;
    } else if (ending === "failed") failed += 1;
    else reset += 1;
  };
  const wires = await Promise.all(
    Array.from({ length: connections }, (_, i) =>
      WireConnection.open(order.port, (stream, ending) => onEnd(i, stream, ending)),
    ),
  );
  const send = (dueAt: number, isOperator: boolean): void => {
    const at = isOperator ? 0 : 1 + (sent % (connections - 1));
    const call = isOperator
      ? operators[turns.operators++ % operators.length]
      : others[turns.others++ % others.length];
    const stream = wires[at]?.send(call as Buffer);
    open.set(`${at} ${stream}`, { dueAt, isOperator });
    sent += 1;
  };
  const endAt = startedAt + order.seconds * 1000;
  const due = { others: startedAt, operators: startedAt };
  const othersPerSecond = Math.max(1, (order.perSecond ?? 0) - order.operatorsPerSecond);
  if (order.atATime !== undefined) again = order.atATime;
  await new Promise<void>((resolve) => {
    const tick = (): void => {
      const now = performance.now();
      if (now >= endAt) return resolve();
      if (order.atATime !== undefined) {
        for (; again > 0; again--) send(now, sent % 3 === 0);
      } else {
        for (; due.others <= now; due.others += 1000 / othersPerSecond) send(due.others, false);
        if (order.operatorsPerSecond > 0)
          for (; due.operators <= now; due.operators += 1000 / order.operatorsPerSecond)
            send(due.operators, true);
      }
      for (const wire of wires) wire.flush();
      setTimeout(tick, 1);
    };
    tick();
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const goodput = good / seconds;
  // What was sent in time may end after it.
  const giveUpAt = performance.now() + deadlineMs + 1_000;
  while (open.size > 0 && performance.now() < giveUpAt)
    await new Promise((resolve) => setTimeout(resolve, 20));
  for (const wire of wires) wire.close();
  return {
    kind: "ran",
    seconds,
    sent,
    goodput,
    answered: timesOf(answered),
    operators: timesOf(byOperators),
    operatorsAtFirst: timesOf(byOperatorsAtFirst),
    operatorsRefused,
    refused: timesOf(refused),
    failed,
    reset,
    lost: open.size,
    quarters: Array.from(quarters, (each) => ({
      refused: each?.refused ?? 0,
      p95: quantile(each?.times.sort((a, b) => a - b) ?? [], 0.95),
    })),
  };
}

function timesOf(ms: number[]): Times {
  const sorted = ms.sort((a, b) => a - b);
  return { count: ms.length, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) };
}

function quantile(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

process.on("message", (order: RunOrder) => {
  void run(order).then((report) => process.send?.(report));
});
process.once("disconnect", () => process.exit(0));
process.send?.({ kind: "ready", port: 0 });
