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
    const walks = seen.operations
      .filter(({ kind, outcome, filter }) => kind === "list" && outcome === "ok" && filter)
      .sort((a, b) => a.startedAt - b.startedAt);
    const owners = ownersOf(seen);
    const known = knownBy(seen.operations);
    return walks.flatMap((walk) => [...twice(walk), ...missing(seen, walk, owners, known(walk))]);
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

function missing(
  seen: Seen,
  walk: Operation,
  owners: ReadonlyMap<string, string>,
  known: ReadonlyMap<string, Sighting>,
): Breach[] {
  const shown = new Set(walk.seen.map(({ orderId }) => orderId));
  const { statuses, ownerId } = walk.filter!;
  return [...known.values()].flatMap((sighting) => {
    const { orderId, version, status } = sighting;
    const next = eventsAt(seen, walk, orderId)[version];
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

/** The events as the store of the walk has them: others may have heard of a move long after it had left the list. */
function eventsAt(seen: Seen, { store }: Operation, orderId: string) {
  const own = seen.services.find(([name]) => name === store)?.[1].events;
  return own?.get(orderId) ?? seen.eventsOf(orderId);
}

/** Tells the newest version of each order that a walk's store had shown before it began. Walks have to be asked about in the order in which they began: each answer builds on the last. */
function knownBy(operations: readonly Operation[]): (walk: Operation) => ReadonlyMap<string, Sighting> {
  const byStore = groupBy(
    operations
      .filter(({ kind, outcome, seen }) => outcome === "ok" && kind !== "watch" && seen.length > 0)
      .sort((a, b) => a.endedAt - b.endedAt),
    ({ store }) => store,
  );
  const state = new Map<string | undefined, { at: number; known: Map<string, Sighting> }>();
  return ({ store, startedAt }) => {
    const sofar = state.get(store) ?? { at: 0, known: new Map<string, Sighting>() };
    state.set(store, sofar);
    const looks = byStore.get(store ?? "") ?? [];
    for (; sofar.at < looks.length && looks[sofar.at]!.endedAt < startedAt; sofar.at++)
      for (const sighting of looks[sofar.at]!.seen)
        if (sighting.version > (sofar.known.get(sighting.orderId)?.version ?? 0))
          sofar.known.set(sighting.orderId, sighting);
    return sofar.known;
  };
}

function ownersOf({ services }: Seen): Map<string, string> {
  return new Map(
    services.flatMap(([, { orders }]) => orders.map(({ orderId, ownerId }) => [orderId, ownerId])),
  );
}
