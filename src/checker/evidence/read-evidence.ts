import { serviceNames } from "../names";
import { readObjects } from "./objects";
import { readPayments } from "./payments";
import { readPricing } from "./pricing";
import { readService } from "./services";
import type { CheckSources } from "./sources";
import { readTopic } from "./topic";
import type { Evidence, ServiceEvidence } from "./types";

/** Reads everything, one part after the other. It means what the invariants say only while nothing moves: after `waitForQuiescence`. */
export async function readEvidence(sources: CheckSources): Promise<Evidence> {
  const { databases, topic, pricing, payments, objects, notes } = sources;
  const services: { -readonly [S in keyof Evidence["services"]]: ServiceEvidence } = {};
  for (const name of serviceNames) {
    const db = databases[name];
    if (db) services[name] = await readService(db);
  }
  return {
    services,
    ...(topic && { topic: await readTopic(topic.kafka, topic.name) }),
    ...(pricing && { pricing: await readPricing(pricing) }),
    ...(payments && { payments: await readPayments(payments.shop, payments.ledger) }),
    ...(objects && { objects: await readObjects(objects.store, objects.rows) }),
    ...(notes && {
      notes: new Set(
        (await notes.query<{ note_id: string }>("SELECT note_id FROM note")).map(({ note_id }) => note_id),
      ),
    }),
  };
}
