import type { Kafka } from "../platform/kafka";
import type { Closable, ServiceHost } from "../platform/lifecycle";
import type { Database } from "../platform/postgres";
import { openDisagreements } from "./disagreements";
import { compareEvents, stillLost, unpublishedEvents } from "./events";
import { reconciliationCheckedTotal } from "./metrics";
import { startReconciler } from "./start";
import { nextWindow, type Window } from "./window";

export type EventsOptions = {
  db: Database;
  kafka: Kafka;
  topic: string;
  /** Time between two rounds, in milliseconds. Default 60,000. */
  everyMs?: number;
  /** How long a row may wait to be published, and a hole of the topic last, in milliseconds. Default 60,000. */
  boundMs?: number;
};

/** Windows per round: a service that was away for long catches up over several rounds. */
const windowsPerRound = 5;

/**
 * Compares this service's outbox with the topic: what waits for too long, and what is marked as published and is not where the mark says. Nothing is published again
 * by itself: a topic that lost its records is for people to look at first.
 */
export function startEventReconciler(
  host: ServiceHost,
  { db, kafka, topic, everyMs = 60_000, boundMs = 60_000 }: EventsOptions,
): Closable & { wake(): void } {
  const waiting = openDisagreements(host.metrics, "event_unpublished", 0);
  const lost = openDisagreements(host.metrics, "event_not_on_topic", boundMs);
  const checked = host.metrics.counter(reconciliationCheckedTotal).child({ subject: "events" });

  async function round(kept: Window | undefined, signal: AbortSignal): Promise<Window> {
    waiting.replace((await unpublishedEvents(db, boundMs)).map(({ id }) => String(id)));
    const still = await stillLost(db, kafka, topic, lost.ids());
    for (const id of lost.ids()) if (!still.has(id)) lost.settle(id);
    let window = nextWindow(kept, "0");
    for (let left = windowsPerRound; left > 0 && !signal.aborted; left--) {
      const found = await compareEvents(db, kafka, topic, window);
      window = found.window;
      checked.inc(found.compared);
      for (const { id, orderId, version } of found.lost) {
        lost.note(String(id));
        host.log.warn(
          { order_id: orderId, order_version: version },
          "an event that is marked as published is not on the topic",
        );
      }
      if (!found.more) break;
    }
    return window;
  }

  const pass = (): void => {
    waiting.replace([]);
    lost.replace([]);
  };
  return startReconciler(host, { db, subject: "events", everyMs, round, pass });
}
