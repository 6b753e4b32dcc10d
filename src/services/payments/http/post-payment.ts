import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyRequest } from "fastify";
import { parseInput } from "../../../platform/http";
import type { Database } from "../../../platform/postgres";
import { annotate, currentScope } from "../../../platform/telemetry";
import { behaviourOf, maskCard } from "../domain/cards";
import type { Payment } from "../domain/payment";
import { chargeCard } from "../ledger/charge-card";
import { paymentByKey } from "../store/payments";
import { type PaymentAnswer, toAnswer } from "./mapping";
import { chargeBody } from "./requests";

export type PostPaymentOptions = {
  db: Database;
  /** What card tokens are made with. */
  cardSecret: Buffer;
  /** Aborted when the process stops. */
  stopping: AbortSignal;
  /** How long the cards that time out hold their answer back. */
  holdMs: number;
  /** How long after its authorisation a payment is captured that is captured late. */
  lateCaptureMs: number;
};

/** `POST /v1/payments`: charges a card once per key. A repeat of the same request answers with the payment as it stands, at once. */
export function postPayment({ db, cardSecret, stopping, holdMs, lateCaptureMs }: PostPaymentOptions) {
  return async (request: FastifyRequest): Promise<PaymentAnswer> => {
    const { key, card, ...terms } = parseInput(chargeBody, request.body, "body");
    annotate({ order_id: terms.reference, payment_key: key });
    const charge = { ...terms, ...maskCard(card, cardSecret) };
    const behaviour = behaviourOf(card);
    const { payment, isNew } = await chargeCard(db, { key, charge, behaviour, lateCaptureMs });
    if (!isNew || !behaviour.holds) return toAnswer(payment);
    // What was done is committed; only the answer stays away, as when a line breaks.
    await hold(holdMs, stopping);
    return toAnswer((await paymentByKey(db, key)) as Payment);
  };
}

/** Waits, but not for a caller who has left, and not while the process stops. */
async function hold(ms: number, stopping: AbortSignal): Promise<void> {
  const left = currentScope()?.signal;
  const signal = left ? AbortSignal.any([left, stopping]) : stopping;
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  left?.throwIfAborted();
}
