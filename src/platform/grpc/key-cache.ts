import { createLocalJWKSet, type JSONWebKeySet } from "jose";
import { AppError } from "../errors";
import { context, ROOT_CONTEXT } from "../telemetry";

export type KeySet = ReturnType<typeof createLocalJWKSet>;

/** An unknown key id, or a fetch that failed, asks the issuer again at most this often, in milliseconds. */
const coolDownMs = 5_000;
/** Keys older than this are fetched again behind the calls' backs, so that a withdrawn key stops working. */
const maxAgeMs = 600_000;

/** An issuer's keys, fetched once for all calls that wait for them. */
export type KeyCache = {
  /** The keys; waits for them only before the first fetch that worked. Throws UNAVAILABLE. */
  get(): Promise<KeySet>;
  /** Newer keys than those that `get` gave, for a key id that is not among them; undefined within 5 s of the last fetch. */
  refetch(): Promise<KeySet> | undefined;
};

/**
 * Caches what `jwks` answers. A fetch that fails leaves the old keys in use: an issuer that is down must not shut out those who have signed in. The fetch
 * runs in no call's scope: the first caller's cancellation must not fail the others.
 */
export function createKeyCache(jwks: () => Promise<JSONWebKeySet>): KeyCache {
  let current: KeySet | undefined;
  let fetching: Promise<KeySet> | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  let failure: AppError | undefined;

  const fetch = (): Promise<KeySet> => {
    askedAt = Date.now();
    fetching ??= context
      .with(ROOT_CONTEXT, async () => createLocalJWKSet(await jwks()))
      .then(
        (keys) => {
          failure = undefined;
          return (current = keys);
        },
        (cause: unknown) => {
          failure = new AppError({
            category: "unavailable",
            reason: "KEYS_UNAVAILABLE",
            message: "The keys that tokens are checked with cannot be had just now",
            cause,
          });
          throw failure;
        },
      )
      .finally(() => (fetching = undefined));
    fetching.catch(() => undefined);
    return fetching;
  };
  const cooling = (): boolean => Date.now() - askedAt < coolDownMs;

  return {
    async get() {
      if (current === undefined) {
        if (fetching === undefined && failure !== undefined && cooling()) throw failure;
        return fetching ?? fetch();
      }
      if (Date.now() - askedAt >= maxAgeMs) void fetch();
      return current;
    },
    refetch: () => (cooling() ? fetching : fetch()),
  };
}
