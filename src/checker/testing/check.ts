import { checkAll, type Evidence, type Operation } from "..";
import type { EventRow, ServiceEvidence } from "../evidence";
import { recordsOf } from "./records";

export const a = "00000000-0000-4000-8000-00000000000a";
export const b = "00000000-0000-4000-8000-00000000000b";
export const delivered = [
  "CREATED",
  "MODEL_UPLOADED",
  "PRICED",
  "CONFIRMED",
  "PAID",
  "IN_PRODUCTION",
  "MANUFACTURED",
  "PACKED",
  "SHIPPED",
  "DELIVERED",
];
export const cancelled = ["CREATED", "CANCELLED"];

/** Names of the invariants that break. */
export function broken(evidence: Evidence, ...operations: Operation[]): string[] {
  return [...new Set(checkAll(evidence, { operations }).breaches.map(({ invariant }) => invariant))];
}

export type Name = "mes" | "crm" | "shop";
/** The same with something of one service changed. */
export function spoil(
  evidence: Evidence,
  name: Name,
  change: (service: ServiceEvidence) => Partial<ServiceEvidence>,
): Evidence {
  const service = evidence.services[name]!;
  return { ...evidence, services: { ...evidence.services, [name]: { ...service, ...change(service) } } };
}

/** Changes one version of an order in one service. */
export function event(evidence: Evidence, name: Name, version: number, change: Partial<EventRow>): Evidence {
  return spoil(evidence, name, ({ events }) => ({
    events: new Map(
      [...events].map(([id, list]) => [
        id,
        list.map((each) => (each.version === version ? { ...each, ...change } : each)),
      ]),
    ),
  }));
}

export const good = recordsOf({ orderId: a, statuses: delivered }, { orderId: b, statuses: cancelled });
