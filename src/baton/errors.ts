import { defineErrors } from "../platform/errors";

/** Why an order did not move; the same words in every service. */
export const errors = defineErrors("order.alexandrite", {
  orderNotFound: {
    category: "not_found",
    reason: "ORDER_NOT_FOUND",
    message: (p: { orderId: string }) => `There is no order ${p.orderId}`,
  },
  orderExists: {
    category: "already_exists",
    reason: "ORDER_EXISTS",
    message: (p: { orderId: string }) => `Order ${p.orderId} exists already`,
  },
  versionMismatch: {
    category: "aborted",
    reason: "VERSION_MISMATCH",
    message: (p: { orderId: string; expected: number; actual: number }) =>
      `Order ${p.orderId} is at version ${p.actual}, not ${p.expected}: read it again`,
  },
  notHolder: {
    category: "failed_precondition",
    reason: "NOT_HOLDER",
    message: (p: { orderId: string; holder: string; version: number }) =>
      `Order ${p.orderId} is held by ${p.holder} at version ${p.version}: send the command there`,
  },
  illegalTransition: {
    category: "failed_precondition",
    reason: "ILLEGAL_TRANSITION",
    message: (p: { orderId: string; from: string; to: string }) =>
      `Order ${p.orderId} is ${p.from} and cannot become ${p.to}`,
  },
  commandReused: {
    category: "invalid_argument",
    reason: "COMMAND_REUSED",
    message: (p: { orderId: string; became: string }) =>
      `This command_id has made order ${p.orderId} ${p.became} before: take a new one for another command`,
  },
  textNotStorable: {
    category: "invalid_argument",
    reason: "TEXT_NOT_STORABLE",
    message: (p: { orderId: string }) =>
      `A text of order ${p.orderId} has a NUL or half a character, which no database keeps`,
  },
  priceExpired: {
    category: "failed_precondition",
    reason: "PRICE_EXPIRED",
    message: (p: { orderId: string; validUntil: string }) =>
      `The price of order ${p.orderId} was valid until ${p.validUntil}`,
  },
  badPageToken: {
    category: "invalid_argument",
    reason: "BAD_PAGE_TOKEN",
    message: (p: { fault: string }) => `page_token ${p.fault}`,
  },
});
