import type { Client } from "pg";

/** A dead letter as the list shows it. */
export type LetterLine = {
  id: number;
  consumer_group: string;
  key: string | null;
  version: number | null;
  reason: string;
  created_at: Date;
  resolution: string | null;
  /** Messages of its key that wait behind it. */
  parked: number;
};

export type Letter = LetterLine & {
  topic: string;
  kafka_partition: number | null;
  kafka_offset: string | null;
  error: string;
  value: Buffer;
  headers: Record<string, string>;
  resolved_at: Date | null;
};

/** Somebody's request, and what came of it. */
export type RequestLine = {
  id: number;
  dead_letter_id: number;
  action: string;
  requested_by: string;
  reason: string;
  requested_at: Date;
  answered_at: Date | null;
  outcome: string | null;
  error: string | null;
};

export type Which = { ids?: readonly number[]; order?: string; reason?: string; resolved?: boolean };

const columns = `letter.id::int, consumer_group, key, version::int, reason, created_at, resolution,
  (SELECT count(*)::int FROM parked_message AS parked WHERE parked.consumer_group = letter.consumer_group
     AND parked.topic = letter.topic AND parked.key = letter.key) AS parked`;

/** Open letters in the order they were set aside; `resolved` adds those that are closed. */
export async function findLetters(
  client: Client,
  { ids, order, reason, resolved = false }: Which,
): Promise<LetterLine[]> {
  const { rows } = await client.query<LetterLine>(
    `SELECT ${columns} FROM dead_letter AS letter
     WHERE ($1 OR resolved_at IS NULL) AND ($2::bigint[] IS NULL OR id = ANY ($2))
       AND ($3::text IS NULL OR key = $3) AND ($4::text IS NULL OR reason = $4)
     ORDER BY id`,
    [resolved, ids ?? null, order?.toLowerCase() ?? null, reason?.toUpperCase() ?? null],
  );
  return rows;
}

export async function readLetter(
  client: Client,
  id: number,
): Promise<{ letter: Letter; requests: RequestLine[] } | undefined> {
  const letters = await client.query<Letter>(
    `SELECT ${columns}, topic, kafka_partition, kafka_offset::text, error, value, headers, resolved_at
     FROM dead_letter AS letter WHERE id = $1`,
    [id],
  );
  const [letter] = letters.rows;
  return letter && { letter, requests: await readRequests(client, "dead_letter_id = $1", [id]) };
}

/** Writes down what is asked; the service takes it up within a second or two. Returns the requests' numbers. */
export async function request(
  client: Client,
  action: "redeliver" | "drop",
  letterIds: readonly number[],
  { by, reason }: { by: string; reason: string },
): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO dead_letter_request (dead_letter_id, action, requested_by, reason)
     SELECT letter, $2, $3, $4 FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (letter, place) ORDER BY place
     RETURNING id::int`,
    [letterIds, action, by, reason],
  );
  return rows.map(({ id }) => id);
}

export function readAnswers(client: Client, requestIds: readonly number[]): Promise<RequestLine[]> {
  return readRequests(client, "id = ANY ($1)", [requestIds]);
}

async function readRequests(client: Client, condition: string, values: unknown[]): Promise<RequestLine[]> {
  const { rows } = await client.query<RequestLine>(
    `SELECT id::int, dead_letter_id::int, action, requested_by, reason, requested_at, answered_at, outcome, error
     FROM dead_letter_request WHERE ${condition} ORDER BY id`,
    values,
  );
  return rows;
}
