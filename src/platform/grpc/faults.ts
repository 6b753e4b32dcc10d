import { setTimeout as sleep } from "node:timers/promises";
import { AppError, categoryOfGrpcStatus } from "../errors";
import type { ServiceHost } from "../lifecycle";
import type { CounterSlot } from "../telemetry";
import { codeNames } from "./codes";
import { faultsInjectedTotal } from "./metrics";
import type { ServerCall } from "./server-call";
import type { CallContext, Principal } from "./types";

/** What is done to calls: they wait, they fail, or both in this order. */
export type Fault = {
  /** `package.Service/Method`, where `*` stands for any run of characters. */
  method: string;
  /** Above 0, up to 100: the share of these calls that meets it. */
  percentage: number;
  /** Only callers of this role; absent: everybody. */
  role?: Principal["role"];
  /** Name of a status code other than OK (`Internal`, `Unavailable`); absent: the call goes on. */
  code?: string;
  delayMs?: number;
  /** Epoch milliseconds, after which it is gone. */
  until: number;
};

/**
 * The faults in force at one server. A call meets them where its handler would begin: after admission, so that nobody learns by them what they may not, and within the
 * record of the call, so that metric, span and log tell of it as of any other outcome. Health and reflection meet none.
 */
export class Faults {
  readonly #host: ServiceHost;
  readonly #delays: CounterSlot;
  readonly #errors: CounterSlot;
  #inForce: { fault: Fault; matches: RegExp }[] = [];

  constructor(host: ServiceHost) {
    this.#host = host;
    const injected = host.metrics.counter(faultsInjectedTotal);
    this.#delays = injected.child({ kind: "delay" });
    this.#errors = injected.child({ kind: "error" });
  }

  /** Those that have not run out. */
  get list(): readonly Fault[] {
    this.#dropExpired();
    return this.#inForce.map(({ fault }) => fault);
  }

  /** Takes the place of those in force; none ends them all. */
  replace(faults: readonly Fault[]): void {
    this.#inForce = faults.map((fault) => ({ fault, matches: patternOf(fault.method) }));
    this.#host.log.warn(
      { faults },
      faults.length > 0 ? "faults are injected" : "faults are injected no more",
    );
  }

  /** Lets an admitted call meet the first fault that fits it; resolves with its context, or rejects with the fault. */
  meet(call: ServerCall, admitted: CallContext | Promise<CallContext>): CallContext | Promise<CallContext> {
    return this.#inForce.length === 0 ? admitted : this.#meet(call, admitted);
  }

  async #meet(call: ServerCall, admitted: CallContext | Promise<CallContext>): Promise<CallContext> {
    const context = await admitted;
    const fault = this.#draw(call);
    if (!fault) return context;
    const { code, delayMs } = fault;
    const told = [delayMs && `${delayMs} ms`, code].filter(Boolean).join(", ");
    call.fields["fault_injected"] = told;
    call.span?.setAttribute("fault.injected", told);
    if (delayMs !== undefined) {
      this.#delays.inc();
      // A call that ends meanwhile has its reason already.
      await sleep(delayMs, undefined, { signal: call.signal }).catch(() => {
        throw call.signal.reason;
      });
    }
    if (code === undefined) return context;
    this.#errors.inc();
    throw new AppError({
      category: categoryOfGrpcStatus(codeNames.indexOf(code)),
      reason: "FAULT_INJECTED",
      message: `Fault injection answers ${code}`,
    });
  }

  #draw({ method, principal }: ServerCall): Fault | undefined {
    this.#dropExpired();
    return this.#inForce.find(
      ({ fault, matches }) =>
        matches.test(method.name) &&
        (fault.role === undefined || fault.role === principal?.role) &&
        Math.random() * 100 < fault.percentage,
    )?.fault;
  }

  #dropExpired(): void {
    const now = Date.now();
    const left = this.#inForce.filter(({ fault }) => fault.until > now);
    if (left.length === this.#inForce.length) return;
    this.#inForce = left;
    this.#host.log.warn({ left: left.length }, "injected faults have run out");
  }
}

function patternOf(method: string): RegExp {
  const literal = method.split("*").map((part) => part.replace(/[.\\+?^${}()|[\]]/g, "\\$&"));
  return new RegExp(`^${literal.join(".*")}$`);
}
