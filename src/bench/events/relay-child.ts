/**
 * Relays as services run them, in a process that is there to be killed: one for each database that its arguments name, after the brokers and the lease in
 * milliseconds. When the broker has acknowledged a batch, and before its rows are marked, a relay tells the parent and waits for the word to go on.
 */
import { outboxMigration, outboxRelayMigration, startOutboxRelay } from "../../platform/outbox";
import { createBenchHost, openPlace, type Place } from "./place";

export type RelayReport = { kind: "ready" } | { kind: "produced"; relay: number };
/** To the relay of this number: go on. */
export type GoOn = { relay: number };

async function main([brokers = "", leaseMs = "", ...urls]: string[]): Promise<void> {
  await Promise.all(
    urls.map((databaseUrl, relay) => startRelay({ databaseUrl, brokers }, Number(leaseMs), relay)),
  );
  tell({ kind: "ready" });
}

async function startRelay(place: Place, leaseMs: number, relay: number): Promise<void> {
  const { host } = createBenchHost("relay");
  const { db, kafka } = await openPlace(host, place, [outboxMigration(), outboxRelayMigration()]);
  const sendBatch: typeof kafka.sendBatch = async (messages) => {
    const placements = await kafka.sendBatch(messages);
    const word = wordFor(relay);
    tell({ kind: "produced", relay });
    await word;
    return placements;
  };
  const options = { db, kafka: { ...kafka, sendBatch }, leaseMs, batchSize: 50 };
  await host.own(startOutboxRelay(host, options));
}

function wordFor(relay: number): Promise<void> {
  return new Promise((resolve) => {
    const onMessage = (word: GoOn): void => {
      if (word.relay !== relay) return;
      process.off("message", onMessage);
      resolve();
    };
    process.on("message", onMessage);
  });
}

function tell(report: RelayReport): void {
  process.send?.(report);
}

process.setMaxListeners(50);
// Without its parent it has no reason to live.
process.once("disconnect", () => process.exit(0));
void main(process.argv.slice(2));
