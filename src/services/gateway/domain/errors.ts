import { defineErrors } from "../../../platform/errors";

/** What the gateway itself refuses; everything else is the services' answer, passed on. */
export const errors = defineErrors("gateway.alexandrite", {
  noSkus: {
    category: "invalid_argument",
    reason: "NO_SKUS",
    message: "skus: give 1 to 100 SKUs, for example ?skus=201057139+201058638",
  },
  tooManySkus: {
    category: "invalid_argument",
    reason: "TOO_MANY_SKUS",
    message: (p: { given: number; allowed: number }) =>
      `skus: ${p.given} SKUs given, at most ${p.allowed} are allowed`,
  },
  badSku: {
    category: "invalid_argument",
    reason: "BAD_SKU",
    message: (p: { sku: string }) => `skus: "${p.sku}" is no SKU; a SKU is 1 to 18 digits`,
  },
  badBody: {
    category: "invalid_argument",
    reason: "BAD_BODY",
    message: (p: { fault: string }) => `The body cannot be read: ${p.fault}`,
  },
  badParameter: {
    category: "invalid_argument",
    reason: "BAD_PARAMETER",
    message: (p: { name: string; given: string; expected: string }) =>
      `${p.name}: "${p.given}" given, ${p.expected} expected`,
  },
  modelTooLarge: {
    category: "invalid_argument",
    httpStatus: 413,
    reason: "TOO_LARGE",
    message: (p: { bytes: number; allowed: number }) =>
      `The model has at least ${p.bytes} bytes, ${p.bytes - p.allowed} over the ${p.allowed} that are allowed`,
  },
  tooManyRequests: {
    category: "resource_exhausted",
    reason: "RATE_LIMITED",
    message: (p: { perSecond: number; burst: number; waitMs: number }) =>
      `This caller has used up its ${p.burst} requests at once and ${p.perSecond} per second; there is one again in ${p.waitMs} ms`,
  },
  tooBusy: {
    category: "resource_exhausted",
    reason: "TOO_BUSY",
    message: (p: { running: number }) => `${p.running} such requests are being answered already`,
  },
  notSignedIn: {
    category: "unauthenticated",
    reason: "NO_CREDENTIALS",
    message:
      'Orders and traces are shown to operators: sign in as one, and send "authorization: Bearer <token>"',
  },
  notAnOperator: {
    category: "permission_denied",
    reason: "WRONG_ROLE",
    message: (p: { role: string }) => `Orders and traces are shown to operators, not to a ${p.role}`,
  },
  unknownOrder: {
    category: "not_found",
    reason: "ORDER_NOT_FOUND",
    message: (p: { orderId: string }) => `Neither Shop nor CRM nor MES knows order ${p.orderId}`,
  },
});
