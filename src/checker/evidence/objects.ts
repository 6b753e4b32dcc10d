import type { Queryable } from "../../platform/postgres";
import type { ObjectStore } from "../../platform/s3";
import type { ObjectEvidence } from "./types";

const prefix = "models/";

/** Reads which models the store holds, and which MES says it holds. The store first: a model that is put meanwhile has its row before. */
export async function readObjects(store: ObjectStore, db: Queryable): Promise<ObjectEvidence> {
  const stored: { sha256: string; length: number }[] = [];
  for await (const { key, length } of store.list(prefix))
    stored.push({ sha256: key.slice(prefix.length), length });
  const rows = await db.query<{ sha256: string; state: string; sizeBytes: number }>(
    `SELECT sha256, state, size_bytes::float8 AS "sizeBytes" FROM model ORDER BY sha256`,
  );
  const named = await db.query<{ sha256: string }>("SELECT DISTINCT model_sha256 AS sha256 FROM pricing_job");
  return { stored, rows, named: new Set(named.map(({ sha256 }) => sha256)) };
}
