import { z } from "zod";
import { AppError } from "../../../platform/errors";
import { createHttpClient } from "../../../platform/http";
import type { Closable, ServiceHost } from "../../../platform/lifecycle";
import type { ProviderState } from "../domain/payment-intent";

/** What Shop asks of the payment provider. Everything but `charge` may be repeated, and is. */
export type PaymentProvider = Closable & {
  /**
   * Charges a card under a key, sent once. Any error means that the result is unknown: the charge may have been made, or may still be, after this has
   * thrown.
   */
  charge(charge: {
    key: string;
    amountMinor: number;
    currency: string;
    card: string;
    reference: string;
  }): Promise<KnownState>;
  /** The state of a payment; undefined when the provider does not know the key, which it may yet come to know. */
  find(key: string): Promise<ProviderState>;
  /** Calls a payment off. When it resolves, the key has charged nothing that was not given back, and never will. */
  cancel(key: string): Promise<KnownState>;
  /** Gives a captured payment back, once per refund key; content when it has gone back some other way. */
  refund(key: string, refundKey: string): Promise<void>;
  /** What orders have paid; one that the ledger does not know is left out. At most 500 at a time. */
  totals(orderIds: readonly string[]): Promise<Total[]>;
  /** The ledger's entries by time, from beyond the entry `after` of the instant `since`, oldest first; at most 500. */
  entries(window: { since: string; until: string; after: string }): Promise<Entry[]>;
};

export type KnownState = Exclude<ProviderState, undefined>;

const payment = z.object({
  key: z.string(),
  state: z.enum(["authorised", "captured", "declined", "voided", "refunded"]),
});

const total = z.object({ reference: z.string(), net: z.number(), kept: z.array(z.string()) });
const entry = z.object({ entryId: z.number(), reference: z.string(), madeAt: z.string() });

/** Captures minus refunds of an order, and the keys of the payments that were captured and not given back. */
export type Total = z.infer<typeof total>;
export type Entry = z.infer<typeof entry>;

/** A client of the provider at `baseUrl`; no call waits longer than `timeoutMs`. */
export function openProvider(
  host: ServiceHost,
  { baseUrl, timeoutMs }: { baseUrl: string; timeoutMs: number },
): PaymentProvider {
  const http = createHttpClient(host, { name: "payments", baseUrl, timeoutMs, retries: 1 });
  const pathOf = (key: string) => `/v1/payments/${encodeURIComponent(key)}`;
  return {
    async charge(charge) {
      const { state } = await http.request({
        method: "POST",
        path: "/v1/payments",
        route: "/v1/payments",
        body: charge,
        schema: payment,
      });
      return state;
    },
    async find(key) {
      try {
        const request = { path: pathOf(key), route: "/v1/payments/{key}", schema: payment } as const;
        return (await http.request({ method: "GET", ...request })).state;
      } catch (error) {
        // Only the provider itself may say so; a 404 of something in between says nothing about the payment.
        if (error instanceof AppError && error.reason === "UNKNOWN_KEY") return undefined;
        throw error;
      }
    },
    async cancel(key) {
      const { state } = await http.request({
        method: "POST",
        path: `${pathOf(key)}/void`,
        route: "/v1/payments/{key}/void",
        schema: payment,
        idempotent: true,
      });
      return state;
    },
    async refund(key, refundKey) {
      try {
        await http.request({
          method: "POST",
          path: `${pathOf(key)}/refund`,
          route: "/v1/payments/{key}/refund",
          body: { refundKey },
          schema: payment,
          idempotent: true,
        });
      } catch (error) {
        if (!(error instanceof AppError && error.reason === "ALREADY_REFUNDED")) throw error;
      }
    },
    async totals(orderIds) {
      const { totals } = await http.request({
        method: "POST",
        path: "/v1/ledger/totals",
        route: "/v1/ledger/totals",
        body: { references: orderIds },
        schema: z.object({ totals: z.array(total) }),
        idempotent: true,
      });
      return totals;
    },
    async entries(window) {
      const { entries } = await http.request({
        method: "GET",
        path: `/v1/ledger/entries?${new URLSearchParams(window)}`,
        route: "/v1/ledger/entries",
        schema: z.object({ entries: z.array(entry) }),
      });
      return entries;
    },
    close: () => http.close(),
  };
}
