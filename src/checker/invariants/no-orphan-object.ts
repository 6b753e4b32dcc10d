import type { Breach, Invariant } from "./invariant";

/** Both ways: what the store holds MES knows of, and what MES says is stored is there. */
export const noOrphanObject: Invariant = {
  name: "no-orphan-object",
  promises:
    "Every object of the store is named by a row, and every model of an order is in the store, whole.",
  needs: ["services", "objects"],
  check({ evidence }) {
    const { stored, rows, named } = evidence.objects!;
    const lengths = new Map(stored.map(({ sha256, length }) => [sha256, length]));
    const known = new Map(rows.map((row) => [row.sha256, row]));
    const breaches: Breach[] = [];
    for (const { sha256 } of stored)
      if (!known.has(sha256) && !named.has(sha256))
        breaches.push({ about: sha256, where: "s3", found: "an object", expected: "a row that names it" });
    for (const { sha256, state, sizeBytes } of rows) {
      const length = lengths.get(sha256);
      if (state === "stored" && length !== sizeBytes)
        breaches.push({
          about: sha256,
          where: "s3",
          found: length === undefined ? "no object" : `${length} bytes`,
          expected: `${sizeBytes} bytes, as MES has it stored`,
        });
    }
    for (const { orderId, sha256 } of evidence.services.mes?.orders ?? [])
      if (sha256 !== "" && !lengths.has(sha256))
        breaches.push({ about: orderId, where: "s3", found: "no object", expected: `its model ${sha256}` });
    return breaches;
  },
};
