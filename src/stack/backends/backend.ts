import type { ProcessSpec } from "../process-spec";

/** A server that the services need. `prepare` lays out its folder, once; `ready` resolves when it answers. */
export type Backend = { spec: ProcessSpec; prepare(): Promise<void>; ready(): Promise<void> };

/** Tries until it succeeds; after `timeoutMs` throws the last error. */
export async function eventually(timeoutMs: number, attempt: () => Promise<void>): Promise<void> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
