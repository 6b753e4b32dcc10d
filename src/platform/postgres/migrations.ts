import { createHash } from "node:crypto";
import { AppError } from "../errors";
import type { Logger } from "../telemetry";
import type { Session } from "./session";

/** One step of a database's schema. Once released neither its name nor its text may change: add another one. */
export type Migration = { name: string; sql: string };

/** Any constant does, as long as nothing else in the same database locks it. */
const lockId = 7_245_110_932;

const ledger = `
  CREATE TABLE IF NOT EXISTS schema_migration (
    name text PRIMARY KEY,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  )`;

/**
 * Applies what is not applied yet, in the given order, each step in a transaction of its own together with its entry in `schema_migration`. One
 * process at a time: others wait for the lock and then find nothing to do. Refuses to start on a step whose text has changed since it was applied.
 * Steps that only the database knows are left alone: a newer release wrote them, and this one is its roll-back.
 */
export async function migrate(
  session: Session,
  migrations: readonly Migration[],
  log: Logger,
): Promise<void> {
  const patient = { regardless: true, timeoutMs: Infinity };
  await session.run("SET statement_timeout = 0; SET lock_timeout = 0", [], patient);
  await session.run("SELECT pg_advisory_lock($1)", [lockId], patient);
  await session.run(ledger, [], patient);
  const { rows } = await session.run("SELECT name, checksum FROM schema_migration", [], patient);
  const applied = new Map(
    (rows as { name: string; checksum: string }[]).map((row) => [row.name, row.checksum]),
  );
  assertUnique(migrations);
  for (const { name, sql } of migrations) {
    const checksum = createHash("sha256").update(sql).digest("hex");
    const known = applied.get(name);
    if (known === checksum) continue;
    if (known !== undefined) throw changed(name);
    await apply(session, name, sql, checksum);
    log.info({ migration: name }, "migration applied");
  }
}

async function apply(session: Session, name: string, sql: string, checksum: string): Promise<void> {
  const patient = { regardless: true, timeoutMs: Infinity };
  try {
    await session.run("BEGIN", [], patient);
    await session.run(sql, [], patient);
    await session.run(
      "INSERT INTO schema_migration (name, checksum) VALUES ($1, $2)",
      [name, checksum],
      patient,
    );
    await session.run("COMMIT", [], patient);
  } catch (error) {
    await session.run("ROLLBACK", [], patient).catch(() => undefined);
    throw new Error(`Migration ${name} failed and was rolled back.`, { cause: error });
  }
}

function assertUnique(migrations: readonly Migration[]): void {
  const names = new Set<string>();
  for (const { name } of migrations) {
    if (names.has(name)) throw new Error(`Migration ${name} is listed twice.`);
    names.add(name);
  }
}

function changed(name: string): AppError {
  const message = `Migration ${name} was changed after it had been applied. Restore its text and put the change into a new migration.`;
  return new AppError({ category: "failed_precondition", reason: "MIGRATION_CHANGED", message });
}
