import type { OrderView } from "../../tools/demo/customer-door";

/** The highest version of each order that somebody was told of: none of these may be lost. */
export class Acknowledged {
  readonly #versions = new Map<string, number>();

  get versions(): ReadonlyMap<string, number> {
    return this.#versions;
  }

  /** The same door, with every answer written down. */
  watch<Door extends object>(door: Door): Door {
    return new Proxy(door, {
      get: (target, name, receiver) => {
        const value: unknown = Reflect.get(target, name, receiver);
        if (typeof value !== "function") return value;
        return async (...args: unknown[]) => this.#note(await (value as Call).apply(target, args));
      },
    });
  }

  #note(view: OrderView): OrderView {
    const known = this.#versions.get(view.orderId) ?? 0;
    if (view.version > known) this.#versions.set(view.orderId, view.version);
    return view;
  }
}

type Call = (...args: unknown[]) => Promise<OrderView>;
