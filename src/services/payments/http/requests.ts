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
