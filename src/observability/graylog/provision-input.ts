import { covers } from "./covers";
import type { InputPlan } from "./desired";
import type { Change } from "./provision";
import type { GraylogApi } from "./rest";

type Input = {
  id: string;
  title: string;
  type: string;
  global: boolean;
  attributes: Record<string, unknown>;
};
type States = Record<string, { id: string; state: string }[] | null>;

/**
 * The input that the services send to. An input of the same type on the same port is taken for it, whatever its title: two cannot listen there. It is created,
 * mended, and started when somebody stopped it.
 */
export async function provisionInput(api: GraylogApi, plan: InputPlan): Promise<Change[]> {
  const body = {
    title: plan.title,
    type: plan.type,
    global: true,
    configuration: plan.configuration,
    node: null,
  };
  const { inputs } = await api.call<{ inputs: Input[] }>("GET", "/system/inputs");
  const input = inputs.find(
    ({ type, attributes }) => type === plan.type && attributes["port"] === plan.configuration["port"],
  );
  const what = `input "${plan.title}"`;
  if (!input) {
    await api.call("POST", "/system/inputs", body);
    return [{ what, did: "created" }];
  }
  const wanted = { title: plan.title, global: true, attributes: plan.configuration };
  if (!covers(input, wanted)) {
    await api.call("PUT", `/system/inputs/${input.id}`, body);
    return [{ what, did: "mended" }];
  }
  const states = await api.call<States>("GET", "/cluster/inputstates");
  const stopped = Object.values(states)
    .flatMap((ofNode) => ofNode ?? [])
    .filter(({ id }) => id === input.id)
    .some(({ state }) => state === "STOPPED");
  if (!stopped) return [{ what, did: "kept" }];
  await api.call("PUT", `/cluster/inputstates/${input.id}`);
  return [{ what, did: "started" }];
}
