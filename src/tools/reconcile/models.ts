import {
  changedModels,
  deleteOrphan,
  missingModels,
  orphanModels,
} from "../../services/mes/models/compare-models";
import type { Bounds, Compared, Finding } from "./finding";
import type { Sources } from "./sources";

const batch = 500;
const nil = "00000000-0000-0000-0000-000000000000";

/** Compares the models that MES's orders name with the object store, and the store with the rows. */
export async function compareStore(
  { database, store }: Sources,
  { boundMs, graceMs, sinceMs }: Bounds,
): Promise<Compared> {
  const db = await database("mes");
  const objects = await store();
  const findings: Finding[] = [];
  let compared = 0;
  for (let after = { at: new Date(sinceMs).toISOString(), id: nil }; ;) {
    const models = await changedModels(db, after, boundMs, batch);
    const gone = await missingModels(objects, models);
    compared += models.filter(({ sha256 }) => sha256 !== "").length;
    for (const { orderId, sha256, sizeBytes, at } of models) {
      if (!gone.has(sha256)) continue;
      findings.push({
        kind: "model_missing",
        id: orderId,
        sides: `MES names model ${sha256} of ${sizeBytes} bytes, ${objects.bucket} does not hold it so`,
        ageMs: Date.now() - new Date(at).getTime(),
        advice: "restore the object from a copy, or have its owner upload the model again",
      });
    }
    const last = models.at(-1);
    if (!last) break;
    after = { at: last.at, id: last.orderId };
  }
  const orphans = await orphanModels(db, objects, graceMs);
  for (const { sha256, modifiedAt } of orphans) {
    findings.push({
      kind: "model_orphan",
      id: sha256,
      sides: `${objects.bucket} holds it, MES names it nowhere`,
      ageMs: Date.now() - modifiedAt.getTime(),
      repair: {
        run: async () =>
          (await deleteOrphan(db, objects, sha256))
            ? "the object is deleted"
            : "something names it by now, it stays",
        stands: async () => false,
      },
    });
  }
  return { scope: `${compared} models that orders of mes name with ${objects.bucket}`, findings };
}
