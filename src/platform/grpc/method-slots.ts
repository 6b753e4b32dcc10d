import type { CounterSlot, GaugeSlot, HistogramSlot, Metrics, Outcome } from "../telemetry";
import { codeName, codeNames } from "./codes";
import type { clientMetrics, serverMetrics } from "./metrics";

/** A method's identity on metrics, spans and log lines. */
export type MethodLabels = { grpc_type: string; grpc_service: string; grpc_method: string };

/** A method's series, looked up once: recording a call is a few additions. All codes exist from the start, so that rate() sees the first failure. */
export class MethodSlots {
  readonly #started: CounterSlot;
  readonly #received: CounterSlot;
  readonly #sent: CounterSlot;
  readonly #receivedBytes: CounterSlot;
  readonly #sentBytes: CounterSlot;
  readonly #inFlight: GaugeSlot;
  readonly #handled: readonly CounterSlot[];
  readonly #handling: (HistogramSlot | undefined)[] = [];
  readonly #handlingOf: (code: number) => HistogramSlot;

  constructor(metrics: Metrics, family: typeof serverMetrics | typeof clientMetrics, labels: MethodLabels) {
    this.#started = metrics.counter(family.started).child(labels);
    this.#received = metrics.counter(family.received).child(labels);
    this.#sent = metrics.counter(family.sent).child(labels);
    this.#receivedBytes = metrics.counter(family.receivedBytes).child(labels);
    this.#sentBytes = metrics.counter(family.sentBytes).child(labels);
    this.#inFlight = metrics.gauge(family.inFlight).child(labels);
    const handled = metrics.counter(family.handled);
    this.#handled = codeNames.map((grpc_code) => handled.child({ ...labels, grpc_code }));
    const handling = metrics.histogram(family.handling);
    this.#handlingOf = (code) => handling.child({ ...labels, grpc_code: codeName(code) });
  }

  begin(): void {
    this.#started.inc();
    this.#inFlight.inc();
  }

  end(code: number, outcome: Outcome, traceId: string | undefined): void {
    const known = code >= 0 && code < this.#handled.length ? code : 2;
    this.#inFlight.dec();
    this.#received.inc(outcome.messagesIn);
    this.#sent.inc(outcome.messagesOut);
    this.#receivedBytes.inc(outcome.bytesIn);
    this.#sentBytes.inc(outcome.bytesOut);
    this.#handled[known]?.inc(1, traceId);
    // Histograms have many series each, so one is made when its code is first seen.
    (this.#handling[known] ??= this.#handlingOf(known)).observe(outcome.seconds, traceId);
  }
}
