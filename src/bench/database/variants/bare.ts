import { Pool } from "pg";
import { type Item, poolSize, statement, type Variant } from "./variant";

/** node-postgres as it comes. */
export async function openBare(url: string): Promise<Variant> {
  const pool = new Pool({ connectionString: url, max: poolSize });
  return {
    query: async (id) => (await pool.query<Item>(statement, [id])).rows,
    request: (_sampled, fn) => fn(),
    observed: async () => ({ metrics: 0, spans: 0 }),
  };
}
