import { defineErrors } from "../../../platform/errors";

/** Why MES refuses. What an order's moves refuse is listed beside the baton. */
export const errors = defineErrors("mes.alexandrite", {
  unknownMaterial: {
    category: "invalid_argument",
    reason: "UNKNOWN_MATERIAL",
    message: (p: { material: string; known: string }) =>
      `material ${p.material} is not in the price book, which has ${p.known}`,
  },
  unknownFinish: {
    category: "invalid_argument",
    reason: "UNKNOWN_FINISH",
    message: (p: { finish: string; known: string }) =>
      `finish ${p.finish} is not in the price book, which has ${p.known}`,
  },
  orderExists: {
    category: "already_exists",
    reason: "ORDER_EXISTS",
    message: (p: { orderId: string }) => `The id ${p.orderId} is taken by another order`,
  },
  pricingQueueLong: {
    category: "resource_exhausted",
    reason: "PRICING_QUEUE_LONG",
    message: (p: { waitS: number; boundS: number }) =>
      `A calculation would wait ${p.waitS} s, over the bound of ${p.boundS} s; see RetryInfo`,
  },
  tooManyUploads: {
    category: "resource_exhausted",
    reason: "TOO_MANY_UPLOADS",
    message: (p: { tenant: string; running: number; allowed: number }) =>
      `The ${p.tenant} has ${p.running} uploads under way, and ${p.allowed} are allowed: the next one can begin when one of them has ended`,
  },
  uploadBytesSpent: {
    category: "resource_exhausted",
    reason: "UPLOAD_BYTES_SPENT",
    message: (p: { tenant: string; used: number; bytes: number; over: number; allowed: number }) =>
      `The ${p.tenant} has uploaded ${p.used} bytes today (UTC); ${p.bytes} more are ${p.over} over the ${p.allowed} that are allowed a day`,
  },
  noHeader: {
    category: "invalid_argument",
    reason: "NO_HEADER",
    message: "The first message of an upload must be its header, and only the first",
  },
  tooLarge: {
    category: "invalid_argument",
    reason: "TOO_LARGE",
    message: (p: { bytes: number; allowed: number }) =>
      `The model has at least ${p.bytes} bytes, ${p.allowed} are allowed`,
  },
  sizeMismatch: {
    category: "invalid_argument",
    reason: "SIZE_MISMATCH",
    message: (p: { declared: number; received: number }) =>
      `The header declares ${p.declared} bytes, ${p.received} came`,
  },
  checksumMismatch: {
    category: "invalid_argument",
    reason: "CHECKSUM_MISMATCH",
    message: (p: { declared: string; received: string }) =>
      `The header declares SHA-256 ${p.declared}, the bytes have ${p.received}`,
  },
  emptyModel: {
    category: "invalid_argument",
    reason: "EMPTY_MODEL",
    message: "The model has no triangle in it",
  },
  truncated: {
    category: "invalid_argument",
    reason: "TRUNCATED",
    message: (p: { bytes: number; wanted: string }) =>
      `The model ends after ${p.bytes} bytes, ${p.wanted} are wanted`,
  },
  triangleCountMismatch: {
    category: "invalid_argument",
    reason: "TRIANGLE_COUNT_MISMATCH",
    message: (p: { announced: number; bytes: number; wanted: number }) =>
      `The model announces ${p.announced} triangles, which takes ${p.wanted} bytes, and has ${p.bytes}`,
  },
  formatMismatch: {
    category: "invalid_argument",
    reason: "FORMAT_MISMATCH",
    message: (p: { format: string; why: string }) => `The model is no ${p.format}: ${p.why}`,
  },
  modelSwept: {
    category: "aborted",
    reason: "MODEL_SWEPT",
    message: (p: { sha256: string }) =>
      `The upload took so long that its model ${p.sha256} was removed meanwhile: upload it again`,
  },
  noCalculation: {
    category: "failed_precondition",
    reason: "NO_CALCULATION",
    message: (p: { orderId: string }) =>
      `No price of order ${p.orderId} has been asked for yet: upload its model first`,
  },
  unknownApiKey: {
    category: "unauthenticated",
    reason: "UNKNOWN_API_KEY",
    message: "Nobody has this API key",
  },
  webhookUrlRefused: {
    category: "invalid_argument",
    reason: "WEBHOOK_URL_REFUSED",
    message: (p: { why: string }) => `Nothing can be posted to this URL: ${p.why}`,
  },
  tooManyWebhooks: {
    category: "resource_exhausted",
    reason: "TOO_MANY_WEBHOOKS",
    message: (p: { most: number }) => `A partner has at most ${p.most} webhooks: delete one first`,
  },
  webhookExists: {
    category: "already_exists",
    reason: "WEBHOOK_EXISTS",
    message: (p: { webhookId: string }) => `The id ${p.webhookId} is taken by another webhook`,
  },
  webhookNotFound: {
    category: "not_found",
    reason: "WEBHOOK_NOT_FOUND",
    message: (p: { webhookId: string }) => `There is no webhook ${p.webhookId}`,
  },
  webhookDisabled: {
    category: "failed_precondition",
    reason: "WEBHOOK_DISABLED",
    message: (p: { webhookId: string }) =>
      `The server of webhook ${p.webhookId} answered 410: register another one`,
  },
  deliveryNotFound: {
    category: "not_found",
    reason: "DELIVERY_NOT_FOUND",
    message: (p: { deliveryId: string }) => `There is no delivery ${p.deliveryId}`,
  },
  notYourOrder: {
    category: "permission_denied",
    reason: "NOT_YOUR_ORDER",
    message: (p: { orderId: string; operatorId: string }) =>
      `Order ${p.orderId} is in the hands of operator ${p.operatorId}`,
  },
});
