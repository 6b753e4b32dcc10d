type Labels<L extends string> = Readonly<Record<L, string>>;
/** A gauge, or a counter of somebody else's that is told as it stands. */
type Metric<L extends string> = {
  child(labels: Labels<L>): { value: number };
  remove(labels: Labels<L>): void;
};

/** The label sets of a metric as a look has found them. */
export type Table<L extends string> = {
  /** Tells these values, and forgets the label sets that are not among them. */
  replace(rows: Iterable<readonly [Labels<L>, number]>): void;
};

export function createTable<L extends string>(metric: Metric<L>): Table<L> {
  let shown = new Map<string, Labels<L>>();
  return {
    replace(rows) {
      const next = new Map<string, Labels<L>>();
      for (const [labels, value] of rows) {
        metric.child(labels).value = value;
        next.set(JSON.stringify(labels), labels);
      }
      for (const [key, labels] of shown) if (!next.has(key)) metric.remove(labels);
      shown = next;
    },
  };
}
