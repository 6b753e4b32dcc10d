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
    reason: "TOO_LARGE",
    message: (p: { bytes: number; allowed: number }) =>
      `The model has ${p.bytes} bytes, ${p.allowed} are allowed`,
  },
  tooManyRequests: {
    category: "resource_exhausted",
    reason: "RATE_LIMITED",
    message: (p: { allowed: number; windowMs: number }) =>
      `More than ${p.allowed} requests in ${p.windowMs / 1000} s from this caller`,
  },
  tooBusy: {
    category: "resource_exhausted",
    reason: "TOO_BUSY",
    message: (p: { running: number }) => `${p.running} such requests are being answered already`,
  },
});
