import { errors } from "../domain/errors";

/** Lets at most `max` pass at a time; refuses the others at once, with a second to wait. */
export function createGate(max: number): <T>(pass: () => Promise<T>) => Promise<T> {
  let running = 0;
  return async (pass) => {
    if (running >= max) throw errors.tooBusy({ running }, { retryAfterMs: 1_000 });
    running += 1;
    try {
      return await pass();
    } finally {
      running -= 1;
    }
  };
}
