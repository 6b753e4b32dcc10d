import { Holder, type Order, OrderStatus } from "../../gen/alexandrite/order/v1/order";
import {
  decideApply,
  decideMove,
  decodeEvent,
  encodeEvent,
  holderOf,
  holderToAsk,
  type MoveWish,
  nextOrder,
} from "..";
import type { Rules } from "./rules";

/** An event on its way. */
export type Message = { version: number; value: Buffer };
type OutboxRow = Message & { published: boolean };
type DeadLetter = Message & { reason: string };

/** What everybody shares. */
export type Shared = { rules: Rules; log: Message[]; newId: () => string };

const firstOrder: Order = {
  orderId: "00000000-0000-4000-8000-000000000000",
  version: 0,
  status: OrderStatus.ORDER_STATUS_UNSPECIFIED,
  owner: undefined,
  specification: undefined,
  model: undefined,
  price: undefined,
  failure: undefined,
  operatorId: "",
  trackingNumber: "",
  paymentKey: "",
  createdAt: new Date(0),
  updatedAt: new Date(0),
};

/** One service with its database, as far as one order is concerned. What `pending` and `memory` hold dies with the process. */
export class Node {
  order: Order | undefined;
  readonly events: Message[] = [];
  readonly outbox: OutboxRow[] = [];
  readonly parked: Message[] = [];
  readonly deadLetters: DeadLetter[] = [];
  /** Refunds that are written down. */
  refunds = 0;
  offset = 0;
  /** Second halves of what is half done. */
  readonly pending = new Map<string, () => void>();
  readonly memory: Message[] = [];
  /** Set when a command ran on another version than its caller saw. */
  strayCommand: string | undefined;

  constructor(
    readonly self: Holder,
    private readonly shared: Shared,
  ) {}

  get version(): number {
    return this.order?.version ?? 0;
  }
  get blocked(): boolean {
    return this.deadLetters.length > 0;
  }
  get holds(): boolean {
    return this.order !== undefined && holderOf(this.order.status) === this.self;
  }
  get hasUnpublished(): boolean {
    return this.outbox.some(({ published }) => !published);
  }
  get unread(): Message | undefined {
    return this.pending.has("delivery") ? undefined : this.shared.log[this.offset];
  }
  get peerToAsk(): Holder | undefined {
    return holderToAsk(this.order);
  }
  /** A move that has not committed keeps the row locked. */
  get locked(): boolean {
    return this.shared.rules.rowLock && this.pending.has("commit");
  }

  /** The database survives. */
  crash(): void {
    this.pending.clear();
    this.memory.length = 0;
  }

  create(): void {
    if (!this.order && this.self === Holder.HOLDER_MES)
      this.#write(undefined, OrderStatus.ORDER_STATUS_CREATED);
  }

  command(wish: MoveWish): void {
    const { rules } = this.shared;
    const before = this.order;
    const seen = rules.expectedVersion ? wish : { ...wish, expectedVersion: this.version };
    const self = rules.holderCheck || !before ? this.self : (holderOf(before.status) ?? this.self);
    if (decideMove(before, seen, self).kind !== "move") return;
    if (before!.version !== wish.expectedVersion)
      this.strayCommand = `a command for version ${wish.expectedVersion} ran on version ${before!.version}`;
    this.#write(before, wish.to);
  }

  #write(before: Order | undefined, to: OrderStatus): void {
    const { rules, log, newId } = this.shared;
    const change = to === OrderStatus.ORDER_STATUS_PAID ? { paymentKey: "paid" } : {};
    const after = nextOrder(before ?? firstOrder, { to, at: new Date(1), change });
    const eventId = newId();
    const event = {
      eventId,
      orderId: after.orderId,
      version: after.version,
      previousStatus: before?.status ?? OrderStatus.ORDER_STATUS_UNSPECIFIED,
      status: to,
      source: this.self,
      actor: undefined,
      occurredAt: after.updatedAt,
      order: after,
      commandId: "",
    };
    const message = { version: after.version, value: encodeEvent(event) };
    const publish = (published: boolean): void => void this.outbox.push({ ...message, published });
    const store = (): void => {
      this.order = after;
      this.events.push(message);
    };
    if (!rules.publishAfterCommit) {
      log.push(message);
      this.pending.set("commit", () => (store(), publish(true)));
    } else if (!rules.rowLock) {
      this.pending.set(`commit ${eventId}`, () => (store(), publish(false)));
    } else if (!rules.outboxInMove) {
      store();
      this.pending.set("outbox", () => publish(false));
    } else {
      store();
      publish(false);
    }
  }

  /** The relay's next step. */
  relay(): void {
    const row = this.outbox.find(({ published }) => !published);
    if (!row || this.pending.has("relay")) return;
    const send = (): void => void this.shared.log.push({ version: row.version, value: row.value });
    const mark = (): void => void (row.published = true);
    const [now, later] = this.shared.rules.markAfterPublish ? [send, mark] : [mark, send];
    now();
    this.pending.set("relay", later);
  }

  /** Another relay, long replaced, sends what it has in hand. */
  zombie(pick: number): void {
    const row = this.outbox[pick % Math.max(1, this.outbox.length)];
    if (row?.published) this.shared.log.push({ version: row.version, value: row.value });
  }

  /** The consumer's next step; `spoilt` is a message that fails for ever, for reasons outside the rules. */
  deliver(spoilt: boolean): void {
    const message = this.shared.log[this.offset];
    if (!message || this.locked || this.pending.has("delivery")) return;
    const { offset } = this;
    const handle = (): void => this.#handle(message, spoilt);
    const commit = (): void => void (this.offset = offset + 1);
    const [now, later] = this.shared.rules.databaseFirst ? [handle, commit] : [commit, handle];
    now();
    this.pending.set("delivery", later);
  }

  /** A partition that was taken away and comes back starts at an offset that was committed earlier. */
  rewind(pick: number): void {
    if (this.offset === 0 || this.pending.has("delivery")) return;
    this.offset -= 1 + (pick % this.offset);
  }

  #handle(message: Message, spoilt: boolean): void {
    if (this.blocked) this.#park(message);
    else if (spoilt && message.version > this.version) this.#setAside(message, "SPOILT");
    else if (this.#apply(message) === "gap") this.#park(message);
  }

  #setAside(message: Message, reason: string): void {
    if (!this.deadLetters.some(({ value }) => value.equals(message.value)))
      this.deadLetters.push({ ...message, reason });
  }

  #park(message: Message): void {
    const { park } = this.shared.rules;
    if (park === "forgotten") return;
    const room = park === "stored" ? this.parked : this.memory;
    if (!room.some(({ value }) => value.equals(message.value))) room.push(message);
  }

  /** Applies the lowest of what is parked. */
  drain(): boolean {
    const room = this.shared.rules.park === "stored" ? this.parked : this.memory;
    if (this.blocked || this.locked || room.length === 0) return false;
    const lowest = room.reduce((a, b) => (b.version < a.version ? b : a));
    if (this.#apply(lowest) === "gap") return false;
    room.splice(room.indexOf(lowest), 1);
    return true;
  }

  /** Copies of the holder, contiguous, perhaps fewer than there are. */
  applyCopies(copies: readonly Message[]): void {
    if (this.locked) return;
    for (const copy of copies) {
      if (this.deadLetters.some(({ reason }) => reason === "FORK")) return;
      const outcome = this.#apply(copy);
      if (outcome === "applied") remove(this.deadLetters, (letter) => letter.version <= copy.version);
      else if (outcome !== "duplicate") return;
    }
  }

  /** Somebody sends a dead letter again, inside the service where it failed. */
  resend(): void {
    const letter = this.deadLetters[0];
    if (!letter || this.locked) return;
    const outcome = this.#apply(letter);
    if (outcome === "poison") return;
    this.deadLetters.shift();
    if (outcome === "gap") this.#park(letter);
  }

  #apply(message: Message): "applied" | "duplicate" | "gap" | "poison" {
    const { rules } = this.shared;
    const event = read(message);
    const stored = (): boolean => this.events[event.version - 1]?.value.equals(message.value) ?? false;
    let { kind } = decideApply(this.order, event, this.self, stored);
    if (kind === "duplicate" && !rules.versionGuard) kind = "apply";
    if (kind === "gap" && !rules.nextOnly) kind = "apply";
    switch (kind) {
      case "duplicate":
      case "gap":
        return kind;
      case "fork":
      case "illegal":
        this.#setAside(message, kind === "fork" ? "FORK" : "ILLEGAL");
        return "poison";
      case "apply":
        this.order = event.order;
        this.events.push(message);
        this.#follow(event.order);
        return "applied";
    }
  }

  /** Shop gives the money of a cancelled order back. */
  #follow(order: Order): void {
    const due =
      this.self === Holder.HOLDER_SHOP &&
      order.status === OrderStatus.ORDER_STATUS_CANCELLED &&
      order.paymentKey !== "";
    if (!due) return;
    const write = (): void => void (this.refunds += 1);
    if (this.shared.rules.effectInApply) write();
    else this.pending.set("refund", write);
  }
}

const readBefore = new WeakMap<Buffer, ReturnType<typeof decodeEvent>>();

/** The event of a message; each one is decoded once, for walks are many. */
export function read({ value }: Message): ReturnType<typeof decodeEvent> {
  let event = readBefore.get(value);
  if (!event) readBefore.set(value, (event = decodeEvent(value)));
  return event;
}

function remove<T>(from: T[], which: (each: T) => boolean): void {
  for (let index = from.length - 1; index >= 0; index--) if (which(from[index]!)) from.splice(index, 1);
}
