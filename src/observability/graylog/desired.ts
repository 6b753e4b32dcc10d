import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const position = z.strictObject({
  col: z.int().min(1).max(12),
  row: z.int().min(1),
  width: z.int().min(1).max(12),
  height: z.int().min(1),
});

/** What every widget has; `query`, `seconds` and `at` are a dashboard's: in a saved search the search's own hold. */
const anyWidget = {
  title: z.string().min(1),
  query: z.string().optional(),
  /** How far back it looks. */
  seconds: z.int().min(60).optional(),
  at: position.optional(),
};

const widget = z.discriminatedUnion("show", [
  z.strictObject({ show: z.literal("number"), ...anyWidget }),
  z.strictObject({ show: z.literal("histogram"), by: z.string().min(1), ...anyWidget }),
  z.strictObject({
    show: z.literal("table"),
    by: z.array(z.string().min(1)).min(1),
    limit: z.int().min(1).max(200),
    /** What is computed of each row's lines, and sorts the rows; their number by default. */
    measure: z
      .string()
      .regex(/^(max|avg|sum)\(\w+\)$/)
      .optional(),
    ...anyWidget,
  }),
  z.strictObject({
    show: z.literal("messages"),
    fields: z.array(z.string().min(1)).min(1),
    sort: z.enum(["newest", "oldest"]),
    ...anyWidget,
  }),
]);

const rule = z.strictObject({
  field: z.string().min(1),
  is: z.enum(["exactly", "below", "above"]),
  value: z.union([z.string().min(1), z.int()]),
});

const view = {
  /** Names it for ever: the address of its page is made of it. */
  id: z.string().regex(/^[a-z][a-z-]*$/),
  title: z.string().min(1),
  summary: z.string().min(1),
};

const files = {
  "input.json": z.strictObject({
    title: z.string().min(1),
    type: z.string().min(1),
    configuration: z.record(z.string(), z.union([z.string(), z.int(), z.boolean()])),
  }),
  "index-sets.json": z.array(
    z.strictObject({
      title: z.string().min(1),
      description: z.string().min(1),
      /** Of the indices' names. Graylog refuses one that begins with another's. */
      prefix: z.string().regex(/^[a-z0-9][a-z0-9_+-]*$/),
      /** One index a day; so many are kept. */
      days: z.int().min(1),
    }),
  ),
  "streams.json": z.array(
    z.strictObject({
      title: z.string().min(1),
      description: z.string().min(1),
      /** The prefix of the index set that keeps its lines. */
      indexSet: z.string(),
      /** All must hold. */
      rules: z.array(rule).min(1),
    }),
  ),
  "searches.json": z.array(
    z.strictObject({
      ...view,
      query: z.string().min(1),
      days: z.int().min(1),
      widgets: z.array(widget).min(1),
    }),
  ),
  "dashboards.json": z.array(
    z.strictObject({ ...view, tab: z.string().min(1), widgets: z.array(widget).min(1) }),
  ),
};

export type WidgetPlan = z.infer<typeof widget>;
export type InputPlan = z.infer<(typeof files)["input.json"]>;
export type IndexSetPlan = z.infer<(typeof files)["index-sets.json"]>[number];
export type StreamPlan = z.infer<(typeof files)["streams.json"]>[number];
export type SearchPlan = z.infer<(typeof files)["searches.json"]>[number];
export type DashboardPlan = z.infer<(typeof files)["dashboards.json"]>[number];

/** What Graylog shall have, as the files of `graylog/` say. */
export type DesiredState = {
  input: InputPlan;
  indexSets: IndexSetPlan[];
  streams: StreamPlan[];
  searches: SearchPlan[];
  dashboards: DashboardPlan[];
};

/** Reads the files of `graylog/`. Throws one sentence that names the file and the field when one is not as it must be. */
export function readDesiredState(folder: string): DesiredState {
  const read = <Name extends keyof typeof files>(name: Name): z.infer<(typeof files)[Name]> => {
    const path = join(folder, name);
    const result = files[name].safeParse(JSON.parse(readFileSync(path, "utf8")));
    if (result.success) return result.data as z.infer<(typeof files)[Name]>;
    const [issue] = result.error.issues;
    throw new Error(`${path}: ${issue?.path.join(".")}: ${issue?.message}`);
  };
  const state = {
    input: read("input.json"),
    indexSets: read("index-sets.json"),
    streams: read("streams.json"),
    searches: read("searches.json"),
    dashboards: read("dashboards.json"),
  };
  const stray = state.streams.find(
    ({ indexSet }) => !state.indexSets.some(({ prefix }) => prefix === indexSet),
  );
  if (stray)
    throw new Error(`${folder}/streams.json: "${stray.title}" names no index set: ${stray.indexSet}`);
  return state;
}
