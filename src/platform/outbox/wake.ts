import type { Database } from "../postgres";

const sleepers = new WeakMap<Database, Set<() => void>>();

/** Calls the relays of `database` in this process: a transaction with outbox rows has committed. */
export function wakeRelays(database: Database): void {
  for (const wake of sleepers.get(database) ?? []) wake();
}

/** Returns the removal. */
export function onWake(database: Database, wake: () => void): () => void {
  const all = sleepers.get(database) ?? new Set();
  sleepers.set(database, all.add(wake));
  return () => all.delete(wake);
}
