import { planted } from "../config";
import { isTransient } from "../errors";
import { currentScope, runInScope, type Logger, type Metrics } from "../telemetry";
import { inboxFetchesTotal } from "./metrics";
import type { Decoded, StoredMessage, VersionedConsumerOptions } from "./types";

/**
 * `fetchMissing`, bounded in time and observed; nothing when it fails: the park keeps what waits. After the holder has failed to answer it is left alone for
 * a while: it would hold up the partition once per message.
 */
export function createFetcher<D extends Decoded>(
  options: VersionedConsumerOptions<D>,
  metrics: Metrics,
  log: Logger,
) {
  const { group, fetchMissing, fetchTimeoutMs = 5_000, retryParkedMs = 2_000 } = options;
  const fetches = metrics.counter(inboxFetchesTotal);
  for (const outcome of ["found", "nothing", "failed"]) fetches.child({ group, outcome });
  let againAtMs = 0;

  return async (key: string): Promise<StoredMessage[]> => {
    if (Date.now() < againAtMs || planted("gap-fetched-from-nobody")) return [];
    const outer = currentScope();
    const deadlineAt = Math.min(outer?.deadlineAt ?? Infinity, Date.now() + fetchTimeoutMs);
    const scope = { ...outer, deadlineAt, fields: { ...outer?.fields, order_id: key } };
    try {
      const found = await runInScope(scope, () => fetchMissing(key));
      fetches.inc({ group, outcome: found.length > 0 ? "found" : "nothing" });
      return inOrder(found);
    } catch (error) {
      fetches.inc({ group, outcome: "failed" });
      if (isTransient(error)) againAtMs = Date.now() + retryParkedMs;
      log.warn({ err: error, key }, "missing versions could not be fetched, trying again later");
      return [];
    }
  };
}

export function inOrder(messages: readonly StoredMessage[]): StoredMessage[] {
  return [...messages].sort((a, b) => a.version - b.version);
}
