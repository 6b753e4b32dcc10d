import { covers } from "./covers";
import type { StreamPlan } from "./desired";
import type { Change } from "./provision";
import type { GraylogApi } from "./rest";

type Rule = { id: string; type: number; field: string; value: string; inverted: boolean };
type Stream = { id: string; title: string; disabled: boolean; rules: Rule[] };

/** Graylog's numbers of kinds of rules (StreamRuleType). */
const ruleTypes = { exactly: 1, above: 3, below: 4 } as const;

/** Streams by their title. The rules become those of the plan, others of the stream are removed; a stream that somebody paused runs again. */
export async function provisionStreams(
  api: GraylogApi,
  plans: readonly StreamPlan[],
  indexSetIds: ReadonlyMap<string, string>,
): Promise<Change[]> {
  const { streams } = await api.call<{ streams: Stream[] }>("GET", "/streams");
  const changes: Change[] = [];
  for (const plan of plans) {
    const existing = streams.find(({ title }) => title === plan.title);
    const body = bodyOf(plan, indexSetIds.get(plan.indexSet));
    const did = existing ? await mend(api, existing, plan, body) : await create(api, plan, body);
    changes.push({ what: `stream "${plan.title}"`, did });
  }
  return changes;
}

async function create(api: GraylogApi, plan: StreamPlan, body: object): Promise<Change["did"]> {
  const rules = plan.rules.map(ruleOf);
  const { stream_id } = await api.call<{ stream_id: string }>("POST", "/streams", { ...body, rules });
  // A new stream is paused.
  await api.call("POST", `/streams/${stream_id}/resume`);
  return "created";
}

async function mend(api: GraylogApi, stream: Stream, plan: StreamPlan, body: object): Promise<Change["did"]> {
  const path = `/streams/${stream.id}`;
  const wanted = plan.rules.map(ruleOf);
  const extra = stream.rules.filter((rule) => !wanted.some((one) => covers(rule, one)));
  const missing = wanted.filter((one) => !stream.rules.some((rule) => covers(rule, one)));
  const isRight = covers(stream, body) && extra.length === 0 && missing.length === 0;
  if (isRight && !stream.disabled) return "kept";
  if (!covers(stream, body)) await api.call("PUT", path, body);
  // First what lets fewer lines in, so that no line comes that neither the old nor the new rules want.
  for (const rule of missing) await api.call("POST", `${path}/rules`, rule);
  for (const rule of extra) await api.call("DELETE", `${path}/rules/${rule.id}`);
  if (stream.disabled) await api.call("POST", `${path}/resume`);
  return isRight ? "started" : "mended";
}

function bodyOf({ title, description }: StreamPlan, indexSetId: string | undefined): Record<string, unknown> {
  return {
    title,
    description,
    matching_type: "AND",
    // Every line is kept once: in the index set of its streams, not in the default one too.
    remove_matches_from_default_stream: true,
    index_set_id: indexSetId,
  };
}

function ruleOf({ field, is, value }: StreamPlan["rules"][number]): Omit<Rule, "id"> {
  return { type: ruleTypes[is], field, value: String(value), inverted: false };
}
