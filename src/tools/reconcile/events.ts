import { compareEvents, type LostEvent, publishAgain, stillLost, unpublishedEvents } from "../../reconcile";
import type { Bounds, Compared, Finding } from "./finding";
import { serviceNames, type Sources } from "./sources";

/** Compares every service's outbox with the topic: what waits, and what is marked as published and is not there. */
export async function compareOutboxes(
  { database, kafka, topic }: Sources,
  { boundMs, sinceMs }: Bounds,
): Promise<Compared> {
  const broker = await kafka();
  const findings: Finding[] = [];
  let compared = 0;
  for (const service of serviceNames) {
    const db = await database(service);
    for (const row of await unpublishedEvents(db, boundMs)) {
      const why = row.lastError === null ? "" : `, the broker said ${row.lastError}`;
      findings.push({
        kind: "event_unpublished",
        id: nameOf(service, row),
        sides: `the outbox of ${service} has it, ${topic} does not${why}`,
        ageMs: row.ageMs,
        advice: `${service}'s relay or the broker does not run, or refuses it`,
      });
    }
    const start = { at: new Date(sinceMs).toISOString(), id: "0", fullAt: sinceMs };
    for (let window = start, more = true; more;) {
      const found = await compareEvents(db, broker, topic, window, boundMs);
      ({ window, more } = found);
      compared += found.compared;
      for (const row of found.lost) {
        const id = String(row.id);
        findings.push({
          kind: "event_not_on_topic",
          id: nameOf(service, row),
          sides: `${service} has marked it as published, ${topic} has something else there, or nothing`,
          ageMs: row.ageMs,
          repair: {
            async run() {
              await publishAgain(db, [row.id]);
              return `${service} publishes it again`;
            },
            async stands() {
              const text = "SELECT id FROM outbox WHERE id = $1 AND published_at IS NULL";
              const isWaiting = (await db.maybeOne(text, [row.id])) !== undefined;
              return isWaiting || (await stillLost(db, broker, topic, [id])).has(id);
            },
          },
        });
      }
    }
  }
  return { scope: `${compared} published events of ${serviceNames.join(", ")}`, findings };
}

function nameOf(service: string, { orderId, version }: LostEvent): string {
  return `${service}:${orderId}@${version}`;
}
