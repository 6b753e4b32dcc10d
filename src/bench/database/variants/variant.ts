/** The row that every query fetches by its primary key. */
export type Item = { id: number; name: string; price_minor: number };

export const statement = "SELECT id, name, price_minor FROM item WHERE id = $1";
export const poolSize = 8;

/** One way to ask a database, with what it takes to know what the queries do. */
export type Variant = {
  query(id: number): Promise<Item[]>;
  /** Runs `fn` as the work of one request, whose caller says whether the trace is recorded. */
  request<T>(sampled: boolean, fn: () => Promise<T>): Promise<T>;
  /** How many queries were observed, by metrics and by spans; for the check that a variant does what it says. */
  observed(): Promise<{ metrics: number; spans: number }>;
};
