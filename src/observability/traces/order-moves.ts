import type { Trace } from "./span";
import { processesOf } from "./whole";

/** One move of an order as its traces tell it. */
export type OrderMove = {
  version: number;
  /** The status that it brought: `PAID`. */
  status: string;
  traceId: string;
  /** The service whose database was written first: `shop`, `crm` or `mes`. */
  movedBy: string;
  /** The services that applied the event in the same trace. */
  appliedBy: string[];
  /** All processes of the trace. */
  processes: string[];
};

const holders = ["crm", "mes", "shop"];

/**
 * The processes that DESIGN.md names for the trace of a move, besides who moves the order and who applies the event: from the door where a person asked for it to
 * the last consumer. Upload to PRICED is one trace. Operators and sellers call MES and CRM themselves, so that the mover is the door.
 */
const processesOfMove: Readonly<Record<string, readonly string[]>> = {
  CREATED: ["gateway"],
  MODEL_UPLOADED: ["gateway"],
  PRICED: ["gateway", "mes", "mes-worker", "pricing"],
  CONFIRMED: ["gateway"],
  PAID: ["gateway", "payments"],
  IN_PRODUCTION: ["mes-operator"],
  MANUFACTURED: ["mes-operator"],
  PACKED: ["mes-operator"],
  SHIPPED: ["mes-operator"],
};

/** The moves of an order in the order of their versions, told from the spans `order.move` and `order.apply` of its traces. */
export function movesOf(traces: readonly Trace[]): OrderMove[] {
  const moves = traces.flatMap((trace) =>
    trace.spans
      .filter(({ name, attributes }) => name === "order.move" && attributes["order.version"] !== undefined)
      .map(({ service, attributes }): OrderMove => {
        const version = Number(attributes["order.version"]);
        const appliers = trace.spans.filter(
          (span) => span.name === "order.apply" && Number(span.attributes["order.version"]) === version,
        );
        return {
          version,
          status: String(attributes["order.status"]),
          traceId: trace.traceId,
          movedBy: serviceOf(service),
          appliedBy: [...new Set(appliers.map((span) => serviceOf(span.service)))].sort(),
          processes: processesOf(trace),
        };
      }),
  );
  return moves.sort((a, b) => a.version - b.version);
}

/**
 * What the traces of an order lack of what DESIGN.md promises, as sentences: a move without a trace or with two, a consumer outside the move's trace, a process
 * that the trace should cover, a price in another trace than its upload. `freshlyPriced` is false for a model that was priced before: no worker took part.
 */
export function gapsOf(moves: readonly OrderMove[], { freshlyPriced = true } = {}): string[] {
  const gaps: string[] = [];
  moves.forEach(({ version }, at) => {
    const before = moves[at - 1]?.version ?? 0;
    if (version !== before + 1) gaps.push(`version ${before + 1} has no trace, or version ${before} has two`);
  });
  for (const move of moves) {
    const { version, status, traceId } = move;
    const name = `version ${version}, ${status}, trace ${traceId}`;
    for (const holder of holders.filter((one) => one !== move.movedBy)) {
      if (!move.appliedBy.includes(holder)) gaps.push(`${name}: ${holder} does not apply it`);
    }
    const workers = ["pricing", "mes-worker"];
    const wanted = (processesOfMove[status] ?? []).filter((one) => freshlyPriced || !workers.includes(one));
    for (const process of wanted) {
      if (!move.processes.includes(process)) gaps.push(`${name}: does not reach ${process}`);
    }
    const before = moves[version - 2];
    if (status === "PRICED" && before?.status === "MODEL_UPLOADED" && before.traceId !== traceId) {
      gaps.push(`${name}: the upload is another trace, ${before.traceId}`);
    }
  }
  return gaps;
}

/** The three processes of MES are one service. */
function serviceOf(process: string): string {
  return process.startsWith("mes") ? "mes" : process;
}
