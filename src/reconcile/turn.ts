import { randomUUID } from "node:crypto";
import type { ServiceHost } from "../platform/lifecycle";
import type { Database } from "../platform/postgres";
import { untraced } from "../platform/telemetry";

/** Lets one process at a time compare a subject. */
export type Turn<Position> = {
  /**
   * Runs `work` if it is this process's turn, from where the last run stopped; what it gives back is where the next one goes on. False: another process has the turn.
   */
  take(work: (position: Position | undefined) => Promise<Position>): Promise<boolean>;
  /** Lets another process go on at once. */
  giveBack(): Promise<void>;
};

/**
 * A lease by the database's clock, with the position kept beside it, so that whoever comes next goes on in the middle. Two processes may overlap when one was frozen for
 * longer than `leaseMs`: comparing twice does no harm, and every repair may be made twice.
 */
export function openTurn<Position>(
  host: ServiceHost,
  db: Database,
  subject: string,
  leaseMs: number,
): Turn<Position> {
  const holder = `${host.name}/${host.instance}/${randomUUID()}`;
  return {
    async take(work) {
      const mine = await untraced(() =>
        db.maybeOne<{ position: Position | null }>(
          `INSERT INTO reconcile_turn AS turn (subject, holder, expires_at)
         VALUES ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
         ON CONFLICT (subject) DO UPDATE SET holder = EXCLUDED.holder, expires_at = EXCLUDED.expires_at
         WHERE turn.holder = EXCLUDED.holder OR turn.expires_at < clock_timestamp()
         RETURNING position`,
          [subject, holder, leaseMs],
        ),
      );
      if (!mine) return false;
      const position = await work(mine.position ?? undefined);
      await untraced(() =>
        db.execute(
          "UPDATE reconcile_turn SET position = $3 WHERE subject = $1 AND holder = $2 AND position IS DISTINCT FROM $3",
          [subject, holder, JSON.stringify(position ?? null)],
        ),
      );
      return true;
    },
    async giveBack() {
      await db.execute(
        "UPDATE reconcile_turn SET expires_at = '-infinity' WHERE subject = $1 AND holder = $2",
        [subject, holder],
      );
    },
  };
}
