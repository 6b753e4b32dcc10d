import { defineErrors } from "../../../platform/errors";

/** Why Shop refuses. What an order's moves refuse is listed beside the baton. */
export const errors = defineErrors("shop.alexandrite", {
  badCredentials: {
    category: "unauthenticated",
    reason: "BAD_CREDENTIALS",
    message: "The e-mail or the password is wrong.",
  },
  tooManySignIns: {
    category: "resource_exhausted",
    reason: "TOO_MANY_SIGN_INS",
    message: (p: { limit: number; minutes: number }) =>
      `More than ${p.limit} sign-ins of this account failed within ${p.minutes} minutes; try again later.`,
  },
  signInBusy: {
    category: "resource_exhausted",
    reason: "SIGN_IN_BUSY",
    message: "Too many people sign in at this moment; try again in a second.",
  },
  badPageToken: {
    category: "invalid_argument",
    reason: "BAD_PAGE_TOKEN",
    message: "page_token is not one that this list gave out for the same query.",
  },
  productApiBusy: {
    category: "unavailable",
    reason: "PRODUCT_API_BUSY",
    message: (p: { waiting: number }) =>
      `The product API is slow; ${p.waiting} requests wait for it already.`,
  },
  paymentOpen: {
    category: "failed_precondition",
    reason: "PAYMENT_OPEN",
    message: (p: { orderId: string }) =>
      `A payment of order ${p.orderId} is under way; its result is not known yet. Try again when it is.`,
  },
  // Of all categories the one that says: it may have happened all the same. Nor do clients repeat it by themselves.
  paymentUnresolved: {
    category: "deadline_exceeded",
    reason: "PAYMENT_UNRESOLVED",
    message: (p: { orderId: string }) =>
      `The payment provider has not said yet how the payment of order ${p.orderId} ended; Shop goes on asking. ` +
      "Watch the order, or repeat the call with the same command_id.",
  },
  paymentVoided: {
    category: "failed_precondition",
    reason: "PAYMENT_VOIDED",
    message: (p: { orderId: string }) =>
      `The payment of order ${p.orderId} did not come about and was called off; nothing is charged. Pay again, with another command_id.`,
  },
  cardDeclined: {
    category: "failed_precondition",
    reason: "CARD_DECLINED",
    message: (p: { orderId: string; last4: string }) =>
      `The card ending in ${p.last4} was declined for order ${p.orderId}; pay with another card, and another command_id.`,
  },
  commandReused: {
    category: "invalid_argument",
    reason: "COMMAND_REUSED",
    message: (p: { orderId: string; became: string }) =>
      `This command_id has made order ${p.orderId} ${p.became} before: take a new one for another command.`,
  },
});
