import { defineErrors } from "../../../platform/errors";

/** Why the provider refuses. A declined card is no refusal but an answer. */
export const errors = defineErrors("payments.alexandrite", {
  badRequest: {
    category: "invalid_argument",
    reason: "BAD_REQUEST",
    message: (p: { faults: string }) => `The request is not right: ${p.faults}.`,
  },
  keyReused: {
    category: "already_exists",
    reason: "KEY_REUSED",
    message: (p: { key: string }) =>
      `The key ${p.key} belongs to another request: take another key, or send the same amount, currency, card and reference.`,
  },
  voidedKey: {
    category: "failed_precondition",
    reason: "KEY_VOIDED",
    message: (p: { key: string }) =>
      `The key ${p.key} was voided before its charge came; nothing was charged.`,
  },
  unknownKey: {
    category: "not_found",
    reason: "UNKNOWN_KEY",
    message: (p: { key: string }) => `There is no payment with the key ${p.key}.`,
  },
  notCaptured: {
    category: "failed_precondition",
    reason: "NOT_CAPTURED",
    message: (p: { key: string; state: string }) =>
      `The payment ${p.key} is ${p.state}; only a captured one is refunded.`,
  },
  alreadyRefunded: {
    category: "failed_precondition",
    reason: "ALREADY_REFUNDED",
    message: (p: { key: string; refundKey: string }) =>
      `The payment ${p.key} was refunded before; the refund ${p.refundKey} would give back more than was captured.`,
  },
});
