import type { Recorder } from "../../checker";
import type { Going } from "./again";
import type { Models } from "./models";
import type { People } from "./people";

/** What all actors of a load share. */
export type World = Going & {
  people: People;
  recorder: Recorder;
  /** From 0 to 1. */
  random(): number;
  /** Models for orders: many that were priced before, some that are new. */
  models: Models;
  /** The orders that were made last, of all buyers. */
  recent: Recent;
};

export type RecentOrder = { orderId: string; buyer: string };

/** The newest orders; older ones are forgotten. */
export class Recent {
  readonly #most: number;
  #orders: RecentOrder[] = [];

  constructor(most = 60) {
    this.#most = most;
  }

  add(order: RecentOrder): void {
    this.#orders.push(order);
    if (this.#orders.length > this.#most) this.#orders.shift();
  }

  pick(random: number, which: (order: RecentOrder) => boolean = () => true): RecentOrder | undefined {
    const found = this.#orders.filter(which);
    return found[Math.floor(random * found.length)];
  }

  newest(): RecentOrder | undefined {
    return this.#orders.at(-1);
  }
}

export const chance = ({ random }: Pick<World, "random">, share: number): boolean => random() < share;

/** One of them. */
export function pickOf<T>({ random }: Pick<World, "random">, items: readonly T[]): T | undefined {
  return items[Math.floor(random() * items.length)];
}
