import type { FastifyRequest } from "fastify";
import { parseInput } from "../../../platform/http";
import type { Database } from "../../../platform/postgres";
import { annotate } from "../../../platform/telemetry";
import { voidPayment } from "../ledger/void-payment";
import { type PaymentAnswer, toAnswer } from "./mapping";
import { paymentParams } from "./requests";

/** `POST /v1/payments/:key/void`. */
export function postVoid({ db }: { db: Database }) {
  return async (request: FastifyRequest): Promise<PaymentAnswer> => {
    const { key } = parseInput(paymentParams, request.params, "path");
    const payment = await voidPayment(db, key);
    annotate({ order_id: payment.charge?.reference, payment_key: key });
    return toAnswer(payment);
  };
}
