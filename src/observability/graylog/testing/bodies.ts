import { z } from "zod";

/**
 * The bodies that graylog2-server 6.3.7 takes, as its request classes are written. Unknown properties are refused, as its Jackson does; here also in streams and
 * views, where it leaves them out in silence. `request-classes.test.ts` holds what we send against those classes themselves.
 */
const objectId = z.string().regex(/^[0-9a-f]{24}$/);
const strategy = z.looseObject({ type: z.string().startsWith("org.graylog2.indexer.") });

export const inputCreateRequest = z.strictObject({
  title: z.string(),
  type: z.string(),
  global: z.boolean(),
  configuration: z.record(z.string(), z.unknown()),
  node: z.string().nullish(),
});

const indexSetFields = {
  title: z.string().trim().min(1),
  description: z.string().nullish(),
  writable: z.boolean(),
  shards: z.int().min(1),
  replicas: z.int().min(0),
  rotation_strategy_class: z.string(),
  rotation_strategy: strategy,
  retention_strategy_class: z.string(),
  retention_strategy: strategy.extend({ max_number_of_indices: z.int().min(1) }),
  index_optimization_max_num_segments: z.int().min(1),
  index_optimization_disabled: z.boolean(),
  field_type_refresh_interval: z.int().min(1_000),
  field_type_profile: objectId.nullish(),
  data_tiering: z.null().optional(),
  use_legacy_rotation: z.literal(true),
};

export const indexSetSummary = z.strictObject({
  id: objectId.nullish(),
  ...indexSetFields,
  index_prefix: z.string().regex(/^[a-z0-9][a-z0-9_+-]*$/),
  index_analyzer: z.string().trim().min(1),
  creation_date: z.iso.datetime().nullish(),
  default: z.boolean().optional(),
  can_be_default: z.boolean().optional(),
  index_template_type: z.string().nullish(),
});

/** Ignores what it does not know: prefix and analyzer among it. */
export const indexSetUpdateRequest = z.object(indexSetFields);

export const streamRuleRequest = z.strictObject({
  type: z.int().min(1).max(8),
  value: z.string(),
  field: z.string(),
  inverted: z.boolean(),
  description: z.string().nullish(),
});

export const createStreamRequest = z.strictObject({
  title: z.string().min(1),
  description: z.string().nullish(),
  rules: z.array(streamRuleRequest).nullish(),
  content_pack: z.string().nullish(),
  matching_type: z.enum(["AND", "OR"]).nullish(),
  remove_matches_from_default_stream: z.boolean().nullish(),
  index_set_id: z.string(),
  share_request: z.null().optional(),
});

/** Ignores what it does not know. */
export const updateStreamRequest = z.object({
  title: z.string().nullish(),
  description: z.string().nullish(),
  matching_type: z.enum(["AND", "OR"]).nullish(),
  remove_matches_from_default_stream: z.boolean().nullish(),
  index_set_id: z.string().nullish(),
});

const backendQuery = z.strictObject({ type: z.literal("elasticsearch"), query_string: z.string() });
const relative = z.strictObject({ type: z.literal("relative"), range: z.int().min(0) });
const scope = {
  query: backendQuery.nullish(),
  timerange: relative.nullish(),
  streams: z.array(objectId).optional(),
  stream_categories: z.array(z.string()).nullish(),
  filter: z.null().optional(),
  filters: z.array(z.never()).optional(),
};

const interval = z.strictObject({ type: z.literal("auto"), scaling: z.number().nullish() });
const bucket = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("time"), fields: z.array(z.string()), interval }),
  z.strictObject({ type: z.literal("values"), fields: z.array(z.string()), limit: z.int().optional() }),
]);
const direction = z.enum(["Ascending", "Descending"]);
const seriesSort = z.strictObject({ type: z.enum(["series", "pivot"]), field: z.string(), direction });

const searchType = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("pivot"),
    id: z.string(),
    name: z.string().nullish(),
    series: z.array(
      z.strictObject({
        type: z.enum(["count", "max", "avg", "sum"]),
        id: z.string().optional(),
        field: z.string().nullish(),
      }),
    ),
    row_groups: z.array(bucket).optional(),
    column_groups: z.array(bucket).optional(),
    sort: z.array(seriesSort).optional(),
    rollup: z.boolean(),
    ...scope,
  }),
  z.strictObject({
    type: z.literal("messages"),
    id: z.string(),
    name: z.string().nullish(),
    limit: z.int().optional(),
    offset: z.int().optional(),
    sort: z.array(z.strictObject({ field: z.string(), order: z.enum(["ASC", "DESC"]) })).nullish(),
    fields: z.array(z.string()).optional(),
    decorators: z.array(z.never()).optional(),
    ...scope,
  }),
]);

export const searchRequest = z.strictObject({
  id: objectId.nullish(),
  queries: z.array(
    z.strictObject({
      id: z.string().optional(),
      timerange: relative,
      query: backendQuery,
      filter: z.null().optional(),
      filters: z.array(z.never()).optional(),
      search_types: z.array(searchType),
    }),
  ),
  parameters: z.array(z.never()).optional(),
  skip_no_streams_check: z.boolean().optional(),
});

const pivot = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("time"),
    fields: z.array(z.string()),
    config: z.strictObject({ interval }),
  }),
  z.strictObject({
    type: z.literal("values"),
    fields: z.array(z.string()),
    config: z.strictObject({ limit: z.int().optional() }),
  }),
]);
const cell = z.int().min(1);

const widget = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("messages"),
    id: z.string(),
    config: z.strictObject({
      fields: z.array(z.string()),
      show_message_row: z.boolean(),
      show_summary: z.boolean().nullish(),
      decorators: z.array(z.never()).optional(),
      sort: z.array(seriesSort).optional(),
    }),
    ...scope,
  }),
  z.strictObject({
    type: z.literal("aggregation"),
    id: z.string(),
    config: z.strictObject({
      row_pivots: z.array(pivot),
      column_pivots: z.array(pivot),
      series: z.array(
        z.strictObject({ config: z.strictObject({ name: z.string().nullish() }), function: z.string() }),
      ),
      sort: z.array(seriesSort),
      visualization: z.enum(["bar", "table", "numeric"]),
      visualization_config: z.record(z.string(), z.unknown()).nullish(),
      formatting_settings: z.null().optional(),
      rollup: z.boolean().optional(),
      event_annotation: z.boolean().optional(),
    }),
    ...scope,
  }),
]);

export const viewRequest = z.strictObject({
  id: objectId.nullish(),
  type: z.enum(["SEARCH", "DASHBOARD"]),
  title: z.string().trim().min(1),
  summary: z.string().optional(),
  description: z.string().optional(),
  search_id: objectId,
  state: z.record(
    z.string(),
    z.strictObject({
      titles: z.record(z.string(), z.record(z.string(), z.string())).optional(),
      widgets: z.array(widget),
      widget_mapping: z.record(z.string(), z.array(z.string())),
      positions: z.record(z.string(), z.strictObject({ col: cell, row: cell, width: cell, height: cell })),
      formatting: z.strictObject({ highlighting: z.array(z.never()) }).nullish(),
      display_mode_settings: z.strictObject({ positions: z.record(z.string(), z.never()) }).optional(),
    }),
  ),
  share_request: z.null().optional(),
});
