import type { FastifyRequest } from "fastify";
import { parseInput } from "../../../platform/http";
import type { Database } from "../../../platform/postgres";
import { annotate } from "../../../platform/telemetry";
import { errors } from "../domain/errors";
import { paymentByKey } from "../store/payments";
import { type PaymentAnswer, toAnswer } from "./mapping";
import { paymentParams } from "./requests";

/** `GET /v1/payments/:key`. */
export function getPayment({ db }: { db: Database }) {
  return async (request: FastifyRequest): Promise<PaymentAnswer> => {
    const { key } = parseInput(paymentParams, request.params, "path");
    const payment = await paymentByKey(db, key);
    if (!payment) throw errors.unknownKey({ key });
    annotate({ order_id: payment.charge?.reference, payment_key: key });
    return toAnswer(payment);
  };
}
