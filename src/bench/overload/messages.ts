/** One run of the load: for so many seconds, at a rate (open loop) or with so many calls at a time (closed loop). */
export type RunOrder = {
  kind: "run";
  port: number;
  seconds: number;
  /** Calls per second, whatever becomes of those before. */
  perSecond?: number;
  /** Calls at a time; each that ends is followed by another. */
  atATime?: number;
  /** Milliseconds that a call waits without work, instead of working. */
  holdMs?: number;
  /** Of these, calls per second by operators; the others are by customers and partners. */
  operatorsPerSecond: number;
};

/** Milliseconds; 0 where there was none. */
export type Times = { count: number; p50: number; p99: number };

export type RunReport = {
  kind: "ran";
  seconds: number;
  sent: number;
  /** Answers within the deadline, per second. */
  goodput: number;
  answered: Times;
  /** Of those that came after the first second. */
  operators: Times;
  operatorsAtFirst: Times;
  operatorsRefused: number;
  refused: Times;
  /** Let in, and ended by their deadline. */
  failed: number;
  reset: number;
  /** Without any end when the run was over. */
  lost: number;
  /** By quarters of a second from the start: how many were refused, and the p95 of the answers in milliseconds. */
  quarters: { refused: number; p95: number }[];
};

export type Report = { kind: "ready"; port: number } | RunReport;
export type Order = RunOrder;

/** To the bare server: from now on so many calls at a time. */
export type BareOrder = { kind: "limit"; atATime: number };
export type BareReport = { kind: "ready"; port: number } | { kind: "limited" };
