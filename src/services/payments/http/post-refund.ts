import type { FastifyRequest } from "fastify";
import { parseInput } from "../../../platform/http";
import type { Database } from "../../../platform/postgres";
import { annotate } from "../../../platform/telemetry";
import { refundPayment } from "../ledger/refund-payment";
import { type PaymentAnswer, toAnswer } from "./mapping";
import { paymentParams, refundBody } from "./requests";

/** `POST /v1/payments/:key/refund`. */
export function postRefund({ db }: { db: Database }) {
  return async (request: FastifyRequest): Promise<PaymentAnswer> => {
    const { key } = parseInput(paymentParams, request.params, "path");
    const { refundKey } = parseInput(refundBody, request.body, "body");
    const payment = await refundPayment(db, key, refundKey);
    annotate({ order_id: payment.charge?.reference, payment_key: key });
    return toAnswer(payment);
  };
}
