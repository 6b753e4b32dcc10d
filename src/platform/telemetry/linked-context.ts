import { type Context, ROOT_CONTEXT } from "@opentelemetry/api";

/**
 * A context that holds one value and points at the context it was made of. The API's own copies a Map at each `setValue`, several times per call; this one
 * allocates one small object. Contexts here are a handful deep, so that the walk of `getValue` is short.
 */
class LinkedContext implements Context {
  readonly #key: symbol;
  readonly #value: unknown;
  readonly #parent: Context;

  constructor(parent: Context, key: symbol, value: unknown) {
    this.#parent = parent;
    this.#key = key;
    this.#value = value;
  }

  getValue(key: symbol): unknown {
    if (key === this.#key) return this.#value;
    let at = this.#parent;
    while (at instanceof LinkedContext) {
      if (key === at.#key) return at.#value;
      at = at.#parent;
    }
    return at.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    // A loop that sets the same value again and again makes no chain.
    return new LinkedContext(key === this.#key ? this.#parent : this, key, value);
  }

  deleteValue(key: symbol): Context {
    return key === this.#key ? this.#parent.deleteValue(key) : new LinkedContext(this, key, undefined);
  }
}

const nothing = Symbol("alexandrite.nothing");

/** An empty context to build on: what is set on it, and on what comes of it, is linked and not copied. */
export const LINKED_ROOT: Context = new LinkedContext(ROOT_CONTEXT, nothing, undefined);
