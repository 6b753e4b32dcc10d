import type { Operation, Sighting } from "../history";
import type { Breach, Invariant } from "./invariant";
import { groupBy, nameOf, type Seen } from "./seen";

/**
 * A list that is paged through while orders change: nothing twice in the same version, and everything that is known to have stood still. An order stood still when the same store had shown its
 * version before the walk began, and the next version was stored after the walk's end.
 */
export const paginationComplete: Invariant = {
  name: "pagination-complete",
  promises: "A walk through a list shows every order that does not change meanwhile, and none twice.",
  needs: ["services", "history"],
  check(seen) {
    const walks = seen.operations.filter(
      ({ kind, outcome, filter }) => kind === "list" && outcome === "ok" && filter,
    );
    return walks.flatMap((walk) => [...twice(walk), ...missing(seen, walk)]);
  },
};

function twice(walk: Operation): Breach[] {
  return [...groupBy(walk.seen, ({ orderId, version }) => `${orderId}/${version}`).values()].flatMap(
    ([first, second]) =>
      first && second
        ? [{ about: first.orderId, where: nameOf(walk), found: `v${first.version} twice`, expected: "once" }]
        : [],
  );
}

function missing(seen: Seen, walk: Operation): Breach[] {
  const shown = new Set(walk.seen.map(({ orderId }) => orderId));
  const owners = ownersOf(seen);
  const { statuses, ownerId } = walk.filter!;
  return [...knownBefore(seen.operations, walk).values()].flatMap((sighting) => {
    const { orderId, version, status } = sighting;
    const next = seen.eventsOf(orderId)[version];
    const stoodStill = next === undefined || next.storedAt > walk.endedAt;
    const isWanted =
      (statuses.length === 0 || statuses.includes(status)) &&
      (ownerId === undefined || owners.get(orderId) === ownerId);
    if (shown.has(orderId) || !stoodStill || !isWanted) return [];
    return [
      {
        about: orderId,
        where: `${walk.store}, ${nameOf(walk)}`,
        found: `${walk.seen.length} orders without it`,
        expected: `v${version} ${status}, where it stood all the time`,
      },
    ];
  });
}

/** The newest version of each order that this store had shown before. */
function knownBefore(operations: readonly Operation[], walk: Operation): Map<string, Sighting> {
  const known = new Map<string, Sighting>();
  for (const { store, kind, outcome, endedAt, seen } of operations) {
    if (store !== walk.store || outcome !== "ok" || kind === "watch" || endedAt >= walk.startedAt) continue;
    for (const sighting of seen)
      if (sighting.version > (known.get(sighting.orderId)?.version ?? 0))
        known.set(sighting.orderId, sighting);
  }
  return known;
}

function ownersOf({ services }: Seen): Map<string, string> {
  return new Map(
    services.flatMap(([, { orders }]) => orders.map(({ orderId, ownerId }) => [orderId, ownerId])),
  );
}
