import { covers } from "./covers";
import type { IndexSetPlan } from "./desired";
import type { Change } from "./provision";
import type { GraylogApi } from "./rest";

type IndexSet = { id: string; index_prefix: string };

const strategies = "org.graylog2.indexer";

/** Index sets by their prefix, which Graylog never changes. Gives their ids. */
export async function provisionIndexSets(
  api: GraylogApi,
  plans: readonly IndexSetPlan[],
): Promise<{ changes: Change[]; ids: Map<string, string> }> {
  const path = "/system/indices/index_sets";
  const { index_sets: found } = await api.call<{ index_sets: IndexSet[] }>(
    "GET",
    `${path}?skip=0&limit=0&stats=false`,
  );
  const changes: Change[] = [];
  const ids = new Map<string, string>();
  for (const plan of plans) {
    const what = `index set "${plan.title}"`;
    const body = bodyOf(plan);
    const existing = found.find(({ index_prefix }) => index_prefix === plan.prefix);
    if (!existing) {
      const created = await api.call<IndexSet>("POST", path, {
        ...body,
        index_prefix: plan.prefix,
        index_analyzer: "standard",
        creation_date: new Date().toISOString(),
      });
      ids.set(plan.prefix, created.id);
      changes.push({ what, did: "created" });
      continue;
    }
    ids.set(plan.prefix, existing.id);
    const isRight = covers(existing, body);
    if (!isRight) await api.call("PUT", `${path}/${existing.id}`, body);
    changes.push({ what, did: isRight ? "kept" : "mended" });
  }
  return { changes, ids };
}

/** An index a day, deleted after `days`: bounded by time, not by bytes. */
function bodyOf({ title, description, days }: IndexSetPlan): Record<string, unknown> {
  return {
    title,
    description,
    writable: true,
    // One node of OpenSearch.
    shards: 1,
    replicas: 0,
    use_legacy_rotation: true,
    rotation_strategy_class: `${strategies}.rotation.strategies.TimeBasedRotationStrategy`,
    rotation_strategy: {
      type: `${strategies}.rotation.strategies.TimeBasedRotationStrategyConfig`,
      rotation_period: "P1D",
      rotate_empty_index_set: false,
    },
    retention_strategy_class: `${strategies}.retention.strategies.DeletionRetentionStrategy`,
    retention_strategy: {
      type: `${strategies}.retention.strategies.DeletionRetentionStrategyConfig`,
      max_number_of_indices: days,
    },
    index_optimization_max_num_segments: 1,
    index_optimization_disabled: false,
    // Milliseconds.
    field_type_refresh_interval: 5_000,
  };
}
