import { z } from "zod";

// The router takes no longer path segments.
const key = z.string().min(1).max(100);

/** Body of `POST /v1/payments`. */
export const chargeBody = z.strictObject({
  key,
  amountMinor: z.number().int().min(1).max(1_000_000_000_000),
  currency: z.string().regex(/^[A-Z]{3}$/, "must be an ISO 4217 code"),
  card: z.string().regex(/^[0-9]{12,19}$/, "must have 12 to 19 digits"),
  reference: z.string().min(1).max(200),
});

/** Body of `POST /v1/payments/:key/refund`. */
export const refundBody = z.strictObject({ refundKey: key });

/** Query of `GET /v1/ledger`. */
export const ledgerQuery = z.object({ reference: z.string().min(1).max(200) });

/** Path of everything under `/v1/payments/:key`. */
export const paymentParams = z.object({ key });

/** Body of `POST /v1/ledger/totals`. */
export const totalsBody = z.strictObject({
  references: z.array(z.string().min(1).max(200)).min(1).max(500),
});

/** Query of `GET /v1/ledger/entries`. */
export const entriesQuery = z.object({
  since: z.iso.datetime(),
  until: z.iso.datetime(),
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1_000).default(500),
});
