import type { Breach, Invariant } from "./invariant";

/** Nothing is begun and forgotten. */
export const jobsEnd: Invariant = {
  name: "jobs-end",
  promises:
    "Once nothing is on its way, no calculation, order that waits for one, payment or refund is open.",
  needs: ["services"],
  check({ evidence, orderIds, lastOf }) {
    const { pricing, payments } = evidence;
    const breaches: Breach[] = [];
    const open = (about: string, where: string, found: string): void =>
      void breaches.push({ about, where, found, expected: "an end" });
    if (pricing) {
      for (const { jobId, state } of pricing.jobs)
        if (state === "queued" || state === "running") open(jobId, "mes, pricing job", state);
      for (const { orderId, version, jobId, isDone } of pricing.attachments)
        if (!isDone) open(orderId, `mes, job ${jobId}`, `v${version} waits for its price`);
      for (const orderId of orderIds)
        if (lastOf(orderId)?.status === "MODEL_UPLOADED")
          open(orderId, "mes", "MODEL_UPLOADED, and nobody calculates");
    }
    for (const { key, orderId, state } of payments?.intents ?? [])
      if (state === "open" || state === "voiding") open(orderId, `shop, payment ${key}`, state);
    for (const { orderId, paymentKey, isDone } of payments?.refunds ?? [])
      if (!isDone) open(orderId, `shop, refund of ${paymentKey}`, "not made yet");
    return breaches;
  },
};
