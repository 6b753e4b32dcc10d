import type { Operation, Sighting } from "../history";
import type { Breach, Invariant } from "./invariant";
import { groupBy, nameOf } from "./seen";

type Look = { operation: Operation; sighting: Sighting };

/** Within one store, over all its instances and caches: after an answer with a version has come, no call that begins later may be told of an earlier one. */
export const noVersionRegression: Invariant = {
  name: "no-version-regression",
  promises: "Nobody who asks a service after an answer of it had come is told of an earlier version.",
  needs: ["history"],
  check({ operations }) {
    const looks = operations.flatMap((operation) =>
      operation.store !== undefined && operation.outcome === "ok" && operation.kind !== "watch"
        ? operation.seen.map((sighting) => ({ operation, sighting }))
        : [],
    );
    const groups = groupBy(looks, ({ operation, sighting }) => `${operation.store}/${sighting.orderId}`);
    return [...groups.values()].flatMap(regressionsOf);
  },
};

/** A walk through a list takes long, and each page is of its own moment: only reads of an order are held against what was known when they began. */
function regressionsOf(looks: readonly Look[]): Breach[] {
  const ends = [...looks].sort((a, b) => a.operation.endedAt - b.operation.endedAt);
  const reads = looks
    .filter(({ operation }) => operation.kind === "read" || operation.kind === "list")
    .sort((a, b) => a.operation.startedAt - b.operation.startedAt);
  let at = 0;
  let newest: Look | undefined;
  for (const read of reads) {
    for (; at < ends.length && ends[at]!.operation.endedAt < read.operation.startedAt; at++)
      if (ends[at]!.sighting.version > (newest?.sighting.version ?? 0)) newest = ends[at];
    if (!newest || read.sighting.version >= newest.sighting.version) continue;
    return [
      {
        about: read.sighting.orderId,
        where: `${read.operation.store}, ${nameOf(read.operation)}`,
        found: `v${read.sighting.version}`,
        expected: `v${newest.sighting.version} or later, as ${nameOf(newest.operation)} was told before`,
      },
    ];
  }
  return [];
}
