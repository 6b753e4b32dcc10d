import { Holder } from "../gen/alexandrite/order/v1/order";
import type { OrderVersion } from "../gen/alexandrite/events/v1/events";
import { holderOf, holderToAsk, shortHolder, type Standing } from "../order";
import type { ServiceHost } from "../platform/lifecycle";
import type { VersionedConsumer } from "../platform/outbox";
import type { Database } from "../platform/postgres";
import { withSpan } from "../platform/telemetry";
import { type Disagreements, openDisagreements } from "../reconcile";
import { orderSweepRepairsTotal } from "./metrics";
import { fetchEvents, holders, peerOf, type Peers } from "./peers";
import { readOpenStandings, readStandings } from "./rows";

type Options = {
  db: Database;
  self: Holder;
  peers: Peers;
  consumer: Pick<VersionedConsumer, "applyFetched">;
  /** How long the topic may take to bring what a holder has, in milliseconds. */
  graceMs: number;
  /** After how long an order that is still behind counts as a disagreement, in milliseconds. */
  disagreementMs: number;
};

/** Somebody's holder is ahead: by which version, what was known here, and when to try next. */
type Behind = { version: number; known: number; tries: number; again: number };

/** As many orders as one question holds, and as many questions as one sweep asks: the next sweep goes on where this one stopped. */
const batch = 500;
const batchesPerSweep = 20;
/** Orders this young are looked for at MES again and again: clocks differ, and transactions commit late. Milliseconds. */
const overlapMs = 600_000;
/** More are not kept in mind at once. */
const maxBehind = 10_000;
const longestWaitMs = 60_000;
/** A holder hands on to the next: an order has been level after as many. */
const maxHops = 12;

/**
 * Asks the holders of all open orders whether they are ahead, and MES for orders that are unknown here, and fetches what the topic did not bring. A lost last event
 * shows no gap: without this it would stay lost. It also hides faults, so each repair is counted, and above zero outside a drill somebody should know. So an
 * order counts as behind only when the topic has not brought the version in question within `graceMs`.
 */
export class Sweep {
  readonly #host: ServiceHost;
  readonly #options: Options;
  readonly #behind = new Map<string, Behind>();
  readonly #kinds: Readonly<Record<"behind" | "unknown" | "ahead", Disagreements>>;
  #open = "";
  #created: { since: Date; token: string; startedAt: number } = {
    since: new Date(0),
    token: "",
    startedAt: 0,
  };

  constructor(host: ServiceHost, options: Options) {
    this.#host = host;
    this.#options = options;
    host.metrics.counter(orderSweepRepairsTotal).child({});
    const open = (kind: "order_behind" | "order_unknown" | "order_ahead") =>
      openDisagreements(host.metrics, kind, options.disagreementMs);
    this.#kinds = {
      behind: open("order_behind"),
      unknown: open("order_unknown"),
      ahead: open("order_ahead"),
    };
  }

  /** One round. A peer that does not answer leaves the others' orders alone; it is reported at the end. */
  async run(signal: AbortSignal): Promise<void> {
    const failures: unknown[] = [];
    for (const part of [
      () => this.#compareOpen(signal, failures),
      () => this.#lookForUnknown(signal),
      () => this.#askAgain(),
      () => this.#repairAll(signal),
    ]) {
      if (!signal.aborted) await part().catch((error: unknown) => failures.push(error));
    }
    this.#measure();
    if (failures.length > 0) throw failures[0];
  }

  /** Asks each holder about the orders that our own rows say it holds. */
  async #compareOpen(signal: AbortSignal, failures: unknown[]): Promise<void> {
    const { db, self, peers } = this.#options;
    for (let round = 0; round < batchesPerSweep && !signal.aborted; round++) {
      const standings = await readOpenStandings(db, this.#open, batch);
      for (const holder of holders) {
        const peer = holder === self ? undefined : peerOf(peers, holder);
        const held = [...standings].filter(([, { status }]) => holderOf(status) === holder);
        if (!peer || held.length === 0) continue;
        await peer
          .getOrderVersions({ orderIds: held.map(([orderId]) => orderId) })
          .then(({ orders }) => {
            orders.forEach((each) => this.#note(each, standings.get(each.orderId)?.version));
            this.#noteAhead(held, orders);
          })
          .catch((error: unknown) => failures.push(error));
      }
      this.#open = standings.size < batch ? "" : ([...standings.keys()].at(-1) ?? "");
      if (this.#open === "") return;
    }
  }

  /** Goes through MES's orders by creation, once from the first; after that only the young ones again. */
  async #lookForUnknown(signal: AbortSignal): Promise<void> {
    const { db, self, peers } = this.#options;
    if (self === Holder.HOLDER_MES || !peers.MES) return;
    for (let round = 0; round < batchesPerSweep && !signal.aborted; round++) {
      if (this.#created.token === "") this.#created.startedAt = Date.now();
      const { since, token, startedAt } = this.#created;
      const page = await peers.MES.listOrderVersions({
        createdSince: since,
        pageSize: batch,
        pageToken: token,
      });
      const known = await readStandings(
        db,
        page.orders.map(({ orderId }) => orderId),
      );
      for (const each of page.orders) if (!known.has(each.orderId)) this.#note(each, 0);
      this.#created.token = page.nextPageToken;
      if (page.nextPageToken === "") {
        this.#created.since = new Date(startedAt - overlapMs);
        return;
      }
    }
  }

  #note({ orderId, version }: OrderVersion, known = 0): void {
    if (version <= known || this.#behind.has(orderId) || this.#behind.size >= maxBehind) return;
    const now = Date.now();
    this.#behind.set(orderId, { version, known, tries: 0, again: now + this.#options.graceMs });
  }

  async #repairAll(signal: AbortSignal): Promise<void> {
    const standings = await readStandings(this.#options.db, [...this.#behind.keys()]);
    let failure: unknown;
    for (const [orderId, behind] of this.#behind) {
      if ((standings.get(orderId)?.version ?? 0) >= behind.version) this.#behind.delete(orderId);
      else if (Date.now() >= behind.again && !signal.aborted) {
        behind.again = Date.now() + Math.min(longestWaitMs, this.#options.graceMs * 2 ** behind.tries++);
        await this.#repair(orderId, behind).catch((error: unknown) => (failure ??= error));
      }
    }
    if (failure !== undefined) throw failure;
  }

  /** Fetches from holder to holder until the order is level. */
  #repair(orderId: string, behind: Behind): Promise<void> {
    return withSpan("order.sweep", { attributes: { "order.id": orderId } }, async () => {
      const { db, self, peers, consumer } = this.#options;
      for (let hops = 0; hops < maxHops; hops++) {
        const standing = (await readStandings(db, [orderId])).get(orderId);
        if (standing && standing.version >= behind.version) this.#behind.delete(orderId);
        const holder = holderToAsk(standing);
        const peer = holder === undefined || holder === self ? undefined : peerOf(peers, holder);
        if (!peer || holder === undefined) return;
        const copies = await fetchEvents(peer, orderId, standing?.version ?? 0);
        const { applied } = await consumer.applyFetched(orderId, copies);
        if (applied === 0) return;
        this.#host.metrics.counter(orderSweepRepairsTotal).inc({}, applied);
        const line = { order_id: orderId, from: shortHolder(holder), applied };
        this.#host.log.warn(line, "the sweep repaired an order that the topic left behind");
      }
    });
  }

  /** The next holder has not got what handed the order over. It fetches that itself, and its repairs are counted there; here only the delay is told. */
  #noteAhead(held: readonly [string, Standing][], answered: readonly OrderVersion[]): void {
    const there = new Map(answered.map(({ orderId, version }) => [orderId, version]));
    for (const [orderId, { version }] of held) {
      if ((there.get(orderId) ?? 0) < version) this.#kinds.ahead.note(orderId);
      else this.#kinds.ahead.settle(orderId);
    }
  }

  /** The walk through all open orders may take long to come back to those that were found to be ahead. */
  async #askAgain(): Promise<void> {
    const { db, self, peers } = this.#options;
    const ids = this.#kinds.ahead.ids().slice(0, batch);
    const standings = await readStandings(db, ids);
    for (const holder of holders) {
      const peer = holder === self ? undefined : peerOf(peers, holder);
      const held = [...standings].filter(([, { status }]) => holderOf(status) === holder);
      if (!peer || held.length === 0) continue;
      const { orders } = await peer.getOrderVersions({ orderIds: held.map(([orderId]) => orderId) });
      this.#noteAhead(held, orders);
    }
    for (const orderId of ids) {
      const holder = holderOf(standings.get(orderId)!.status);
      if (holder === undefined || holder === self) this.#kinds.ahead.settle(orderId);
    }
  }

  #measure(): void {
    const { behind, unknown } = this.#kinds;
    const ids = (wanted: boolean) =>
      [...this.#behind].flatMap(([orderId, { known }]) => ((known === 0) === wanted ? [orderId] : []));
    behind.replace(ids(false));
    unknown.replace(ids(true));
  }

  /** Another instance sweeps, and tells. */
  pass(): void {
    this.#behind.clear();
    for (const kind of Object.values(this.#kinds)) kind.replace([]);
  }
}
