import type { Closable, ServiceHost } from "../platform/lifecycle";
import type { Database } from "../platform/postgres";
import { untraced } from "../platform/telemetry";
import { openTurn } from "./turn";

export type ReconcilerOptions<Position> = {
  db: Database;
  /** Names the turn and the loop. */
  subject: string;
  /** Time between two rounds, in milliseconds. */
  everyMs: number;
  /** One round, from where the last one stopped; gives where the next one goes on. */
  round: (position: Position | undefined, signal: AbortSignal) => Promise<Position>;
  /** It is another process's turn: what was noted here is told there. */
  pass?: () => void;
};

/** Compares periodically, in one process of the service at a time. The host stops it; `close` does earlier. */
export function startReconciler<Position>(
  host: ServiceHost,
  { db, subject, everyMs, round, pass }: ReconcilerOptions<Position>,
): Closable & { wake(): void } {
  const turn = openTurn<Position>(host, db, subject, Math.max(3 * everyMs, 5_000));
  const loop = host.every(`reconcile-${subject}`, everyMs, async (signal) => {
    if (!(await turn.take((position) => round(position, signal)))) pass?.();
  });
  return {
    wake: () => loop.wake(),
    async close() {
      await loop.close();
      await untraced(() => turn.giveBack()).catch((error: unknown) =>
        host.log.debug({ err: error, subject }, "a turn was not given back"),
      );
    },
  };
}
