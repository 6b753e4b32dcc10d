import { pgErrorCode } from "../postgres";
import type { Place } from "./inbox-table";

/** So many keys that fail one after the other, with nothing that works between, are no keys' fault. */
const suspicious = 3;

/**
 * SQLSTATE classes that say nothing of a message: 25 transaction state, 26 statement name, 28 credentials, 3D and 3F names, 42 missing tables, columns and
 * rights, F0 configuration, XX the server itself. They come of a deployment that went wrong, and go with its repair.
 */
const ofTheDatabase = /^(25|26|28|3D|3F|42|F0|XX)/;

/** Whether a failure is of the database as a whole, though it does not look transient. */
export function isFaultOfDatabase(error: unknown): boolean {
  return ofTheDatabase.test(pgErrorCode(error) ?? "");
}

/**
 * Counts failures that are neither transient nor poison, by place, and decides when a message is at fault. A bug that one order meets must not hold up a twelfth of
 * all, so its message is set aside after a few tries; but what hits one key after the other is a fault of the service, and must not dead-letter
 * every order there is: then partitions wait, as when something is down, until a message is applied again.
 */
export class UnexpectedFailures {
  readonly #attemptsAllowed: number;
  readonly #attempts = new Map<string, number>();
  readonly #keysSinceSuccess = new Set<string>();

  constructor(attemptsAllowed: number) {
    this.#attemptsAllowed = attemptsAllowed;
  }

  /** Whether the message is to be set aside now. */
  failed(place: Place, key: string): boolean {
    const name = nameOf(place);
    const attempts = (this.#attempts.get(name) ?? 0) + 1;
    this.#attempts.set(name, attempts);
    this.#keysSinceSuccess.add(key);
    if (attempts < this.#attemptsAllowed || this.#keysSinceSuccess.size >= suspicious) return false;
    this.#attempts.delete(name);
    return true;
  }

  /** A message at this place was dealt with; `applied`: by `apply`, which so is known to work. */
  succeeded(place: Place, applied: boolean): void {
    this.#attempts.delete(nameOf(place));
    if (applied) this.#keysSinceSuccess.clear();
  }
}

function nameOf({ partition, offset }: Place): string {
  return `${partition}/${offset}`;
}
