import { LRUCache } from "lru-cache";

/** Failures within `windowMs` after which an account takes no more sign-ins until its window ends. */
export type FailedSignIns = {
  /** How long the account of this e-mail is closed to sign-ins, in milliseconds; undefined when it is open. */
  closedForMs(email: string): number | undefined;
  failed(email: string): void;
  succeeded(email: string): void;
};

/**
 * Counts in this process, for the 10,000 e-mails that failed last, known or not: with n instances an attacker has n times `limit` tries, which is
 * still few, and cannot fill a table with invented e-mails.
 */
export function createFailedSignIns({ limit, windowMs }: { limit: number; windowMs: number }): FailedSignIns {
  const failures = new LRUCache<string, { count: number }>({ max: 10_000, ttl: windowMs, noUpdateTTL: true });
  return {
    closedForMs(email) {
      const entry = failures.get(email);
      return entry && entry.count >= limit ? Math.max(1, failures.getRemainingTTL(email)) : undefined;
    },
    failed(email) {
      const entry = failures.get(email);
      if (entry) entry.count++;
      else failures.set(email, { count: 1 });
    },
    succeeded: (email) => void failures.delete(email),
  };
}
