import { Holder, OrderStatus } from "../../gen/alexandrite/order/v1/order";
import { holderOf, isFinal, lifecycle, mayMove, type MoveWish, shortHolder, shortStatus } from "..";
import { type Message, Node, read, type Shared } from "./node";
import type { Rules } from "./rules";

/** A walk through the world: where it starts, and what happens then, as numbers that choose among what can happen. */
export type Walk = {
  /** Moves before the walk begins, all of them known everywhere. */
  start: readonly number[];
  /** Who mends what a dead letter holds up: the sweep, or somebody who sends it again. */
  sweep: boolean;
  steps: readonly (readonly [action: number, pick: number])[];
};

type Action = { name: string; run: (pick: number) => void };

const holders = [Holder.HOLDER_MES, Holder.HOLDER_CRM, Holder.HOLDER_SHOP] as const;

/** Three services, a log, and whoever commands them, around one order. */
export class World {
  readonly #shared: Shared;
  readonly #nodes: readonly Node[];
  readonly #sweep: boolean;
  /** What callers have seen and may yet ask for, wherever, however late and often. */
  readonly #wishes: MoveWish[] = [];
  #ids = 0;

  constructor(rules: Rules, { start, sweep }: Walk) {
    const newId = () => `00000000-0000-4000-8000-${String(++this.#ids).padStart(12, "0")}`;
    this.#shared = { rules, log: [], newId };
    this.#nodes = holders.map((holder) => new Node(holder, this.#shared));
    this.#sweep = sweep;
    this.#node(Holder.HOLDER_MES).create();
    this.settle();
    for (const pick of start) {
      this.#nodes.find(({ holds }) => holds)?.command(this.#wishOf(this.#nodes[0]!, pick));
      this.settle();
    }
    this.#wishes.length = 0;
  }

  /** All that can happen next. What is named twice is twice as likely. */
  actions(): Action[] {
    return this.#nodes.flatMap((node) => {
      const actions: Action[] = [];
      const may = (name: string, run: (pick: number) => void, weight = 1): void => {
        const action = { name: `${shortHolder(node.self)} ${name}`, run };
        for (let times = 0; times < weight; times++) actions.push(action);
      };
      const { order, unread, deadLetters } = node;
      if (order && node.holds) may("is commanded", (pick) => node.command(this.#wishOf(node, pick)), 3);
      else if (order) may("is commanded", (pick) => node.command(this.#wishOf(node, pick)));
      if (this.#wishes.length > 0) {
        may("gets an older command", (pick) => node.command(this.#wishes[pick % this.#wishes.length]!));
      }
      if (node.hasUnpublished) may("relays", () => node.relay(), 3);
      if (node.outbox.length > 0) may("relays as a zombie", (pick) => node.zombie(pick));
      if (unread) may("consumes", () => node.deliver(false), 3);
      if (unread && unread.version > node.version) may("fails to consume", () => node.deliver(true));
      if (node.offset > 0) may("is rebalanced", (pick) => node.rewind(pick));
      if (node.parked.length + node.memory.length > 0) {
        may("drains its park", () => void node.drain());
        may("fetches", (pick) => this.#fetch(node, 1 + (pick % 3)));
      }
      if (node.pending.size + node.memory.length > 0) may("crashes", () => node.crash(), 2);
      if (deadLetters.length > 0 && !this.#sweep) may("sends again", () => node.resend());
      if (this.#sweep) may("sweeps", () => this.#sweepOver(node));
      for (const [what, rest] of node.pending) {
        const goOn = (): void => {
          node.pending.delete(what);
          rest();
        };
        may(`goes on with ${what.replace(/ .*/, "")}`, goOn, 3);
      }
      return actions;
    });
  }

  /** No more commands and crashes: everything that is under way arrives. */
  settle(): void {
    for (let before = ""; before !== this.#state();) {
      before = this.#state();
      for (const node of this.#nodes) {
        for (const [what, rest] of [...node.pending]) {
          node.pending.delete(what);
          rest();
        }
        node.relay();
        node.deliver(false);
        while (node.drain());
        this.#fetchParked(node);
        if (this.#sweep) this.#sweepOver(node);
        else node.resend();
      }
    }
  }

  /** What must never be; undefined when all is well. */
  fault(): string | undefined {
    const known = new Map<number, Buffer>();
    const claims = [this.#shared.log, ...this.#nodes.flatMap(({ events, outbox }) => [events, outbox])];
    for (const { version, value } of claims.flat() as Message[]) {
      const other = known.get(version);
      if (other && !other.equals(value)) return `fork: two different versions ${version}`;
      known.set(version, value);
    }
    const holding = this.#nodes.filter(({ holds }) => holds).map(({ self }) => shortHolder(self));
    if (holding.length > 1) return `two holders: ${holding.join(" and ")}`;
    return this.#nodes.map(faultOf).find((fault) => fault !== undefined);
  }

  /** What must be once everything has arrived. */
  faultAfterwards(): string | undefined {
    const [mes, ...others] = this.#nodes as [Node, ...Node[]];
    for (const node of [mes, ...others]) {
      const name = shortHolder(node.self);
      if (node.version !== mes.version)
        return `no convergence: ${name} is at ${node.version}, MES at ${mes.version}`;
      if (node.parked.length + node.deadLetters.length > 0)
        return `no convergence: ${name} keeps parked messages or dead letters`;
    }
    const due =
      mes.order?.status === OrderStatus.ORDER_STATUS_CANCELLED && mes.order.paymentKey !== "" ? 1 : 0;
    const { refunds } = this.#node(Holder.HOLDER_SHOP);
    return refunds === due ? undefined : `refunds: ${refunds} instead of ${due}`;
  }

  #node(holder: Holder): Node {
    return this.#nodes.find(({ self }) => self === holder)!;
  }

  /** A caller looks at a service and decides on something that the table allows there. */
  #wishOf({ order }: Node, pick: number): MoveWish {
    const { version, status } = order!;
    const { next } = lifecycle[status];
    const to = next[pick % Math.max(1, next.length)] ?? OrderStatus.ORDER_STATUS_CANCELLED;
    const wish = { expectedVersion: version, from: [status], to };
    this.#wishes.push(wish);
    return wish;
  }

  #fetch(node: Node, limit: number): void {
    const holder = node.peerToAsk;
    if (holder === undefined || holder === node.self) return;
    const from = node.version;
    node.applyCopies(this.#node(holder).events.slice(from, from + limit));
  }

  #fetchParked(node: Node): void {
    if (node.parked.length + node.memory.length > 0 && !node.blocked) this.#fetch(node, 100);
  }

  #sweepOver(node: Node): void {
    if (node.order && isFinal(node.order.status)) return;
    this.#fetch(node, 100);
  }

  #state(): string {
    return JSON.stringify([
      this.#shared.log.length,
      this.#nodes.map((node) => [
        node.version,
        node.offset,
        node.parked.length,
        node.memory.length,
        node.deadLetters.length,
        node.pending.size,
        node.outbox.filter(({ published }) => published).length,
      ]),
    ]);
  }
}

/** A service's own history: dense, legal, each move by whoever held the order, nothing that never could be. */
function faultOf({ self, order, events, deadLetters, strayCommand }: Node): string | undefined {
  const name = shortHolder(self);
  if (strayCommand !== undefined) return `stray command: at ${name} ${strayCommand}`;
  if (events.length !== (order?.version ?? 0)) return `history: ${name} is no prefix`;
  let from = OrderStatus.ORDER_STATUS_UNSPECIFIED;
  for (const [index, message] of events.entries()) {
    const { version, status, source } = read(message);
    if (version !== index + 1) return `history: ${name} has version ${version} in place ${index + 1}`;
    if (!mayMove(from, status))
      return `illegal: ${shortStatus(from)} became ${shortStatus(status)} at ${name}`;
    if (holderOf(from) !== source) return `illegal: ${shortHolder(source)} moved what it did not hold`;
    from = status;
  }
  const poison = deadLetters.find(({ reason }) => reason !== "SPOILT");
  return poison && `poison: ${name} got ${poison.reason} at version ${poison.version}`;
}

/** Takes a walk. The first fault, and what had happened until then. */
export function walk(rules: Rules, way: Walk): { fault: string | undefined; happened: string[] } {
  const world = new World(rules, way);
  const happened: string[] = [];
  for (const [choice, pick] of way.steps) {
    const actions = world.actions();
    const action = actions[choice % actions.length]!;
    action.run(pick);
    happened.push(action.name);
    const fault = world.fault();
    if (fault !== undefined) return { fault, happened };
  }
  world.settle();
  return { fault: world.fault() ?? world.faultAfterwards(), happened };
}
