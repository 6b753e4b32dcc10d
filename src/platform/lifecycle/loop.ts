import { context, ROOT_CONTEXT, runInScope, type Logger, type Metrics } from "../telemetry";
import type { Closable, LoopOptions } from "./host";
import { backgroundLastSuccess, backgroundRunsTotal } from "./metrics";

type Loop = Closable & { wake(): void };

/**
 * Runs `fn` again and again, `ms` after it ended, the first time at once. A failure is logged and doubles the wait up to
 * `maxBackoffMs`; runs never overlap. Each run starts outside any trace, in a scope of its own. `close` waits for the run
 * that is under way, whose signal is aborted.
 */
export function startLoop(
  to: { log: Logger; metrics: Metrics },
  name: string,
  ms: number,
  fn: (signal: AbortSignal) => Promise<void>,
  { jitter = 0.1, maxBackoffMs = 30_000 }: LoopOptions = {},
): Loop {
  const abort = new AbortController();
  const runs = to.metrics.counter(backgroundRunsTotal);
  const ok = runs.child({ loop: name, outcome: "ok" });
  const failed = runs.child({ loop: name, outcome: "error" });
  const lastSuccess = to.metrics.gauge(backgroundLastSuccess).child({ loop: name });
  let failures = 0;
  let woken = false;
  let wakeUp: () => void = () => undefined;

  const wait = (waitMs: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
      if (woken || abort.signal.aborted) wakeUp();
    });

  const run = async () => {
    // Not within the caller's own statement: `fn` may use what the caller is about to assign, the loop itself included.
    await Promise.resolve();
    while (!abort.signal.aborted) {
      woken = false;
      try {
        await runInScope(
          { fields: { loop: name }, signal: abort.signal },
          () => fn(abort.signal),
          ROOT_CONTEXT,
        );
        ok.inc();
        lastSuccess.set(Date.now() / 1000);
        if (failures > 0) to.log.info({ loop: name, failures }, "background loop works again");
        failures = 0;
      } catch (error) {
        if (abort.signal.aborted) return;
        failed.inc();
        failures++;
        to.log.warn({ loop: name, failures, err: error }, "background loop failed");
      }
      const pace =
        failures === 0 ? ms : Math.min(ms * 2 ** Math.min(failures, 20), Math.max(ms, maxBackoffMs));
      await wait(pace * (1 + jitter * (Math.random() * 2 - 1)));
    }
  };
  const running = context.with(ROOT_CONTEXT, run);

  return {
    wake() {
      woken = true;
      wakeUp();
    },
    async close() {
      abort.abort();
      wakeUp();
      await running;
    },
  };
}
