import type { Database, Migration, Queryable } from "../postgres";

/** What somebody has asked of a dead letter. */
export type LetterRequest = { id: number; letterId: number; action: "redeliver" | "drop" };

/** Requests taken up in one round. */
const atATime = 50;

/**
 * What people ask of dead letters, and what came of it. Only the consuming service can apply its messages, so a tool writes a row and the service takes it up:
 * that survives a restart and needs no open door. Rows are kept as the record of who did what, when and why. Needs the inbox.
 */
export function deadLetterRequestMigration(): Migration {
  return {
    name: "platform_dead_letter_request_001",
    sql: `
      CREATE TABLE dead_letter_request (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        dead_letter_id bigint NOT NULL REFERENCES dead_letter,
        action text NOT NULL CHECK (action IN ('redeliver', 'drop')),
        requested_by text NOT NULL CHECK (requested_by <> ''),
        reason text NOT NULL DEFAULT '',
        requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        -- Failures that will pass; the last of them is in error until there is an answer.
        attempts integer NOT NULL DEFAULT 0,
        answered_at timestamptz,
        outcome text,
        error text,
        CONSTRAINT dead_letter_request_answer CHECK ((answered_at IS NULL) = (outcome IS NULL)),
        CONSTRAINT dead_letter_request_drop CHECK (action <> 'drop' OR reason <> '')
      );
      CREATE INDEX dead_letter_request_letter ON dead_letter_request (dead_letter_id, id);
      CREATE INDEX dead_letter_request_open ON dead_letter_request (attempts, id) WHERE answered_at IS NULL;`,
  };
}

/** The SQL of one group's requests. */
export class LetterRequests {
  readonly #group: string;
  readonly #topic: string;

  constructor(group: string, topic: string) {
    this.#group = group;
    this.#topic = topic;
  }

  /** Those without an answer: in the order they were made, what has failed already after what has not. */
  open(db: Database): Promise<LetterRequest[]> {
    return db.query(
      `SELECT request.id, request.dead_letter_id AS "letterId", request.action
       FROM dead_letter_request AS request JOIN dead_letter AS letter ON letter.id = request.dead_letter_id
       WHERE request.answered_at IS NULL AND letter.consumer_group = $1 AND letter.topic = $2
       ORDER BY request.attempts, request.id LIMIT $3`,
      [this.#group, this.#topic, atATime],
    );
  }

  /** The first answer stands: another instance may have taken up the same request. */
  async answer(tx: Queryable, id: number, outcome: string, error?: string): Promise<void> {
    await tx.execute(
      `UPDATE dead_letter_request SET answered_at = clock_timestamp(), outcome = $2, error = $3
       WHERE id = $1 AND answered_at IS NULL`,
      [id, outcome, error ?? null],
    );
  }

  /** It will be tried again. */
  async postpone(db: Database, id: number, error: string): Promise<void> {
    await db.execute(
      "UPDATE dead_letter_request SET attempts = attempts + 1, error = $2 WHERE id = $1 AND answered_at IS NULL",
      [id, error],
    );
  }
}
