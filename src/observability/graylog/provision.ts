import type { DesiredState } from "./desired";
import { provisionIndexSets } from "./provision-index-sets";
import { provisionInput } from "./provision-input";
import { provisionStreams } from "./provision-streams";
import { provisionView } from "./provision-views";
import type { GraylogApi } from "./rest";
import { drawDashboard, drawSearch } from "./views";

/** What became of one thing: it was not there, was there otherwise, was stopped, or was as it should be. */
export type Change = { what: string; did: "created" | "mended" | "started" | "kept" };

/**
 * Brings Graylog to the desired state over its REST API and tells of everything what it did. Run again it changes nothing. What the files of `graylog/` name is put
 * back when it was changed by hand; what they do not name (other streams, dashboards, users, the default index set) is left alone, and nothing is
 * ever deleted but surplus rules of a stream that is named. Throws at the first refusal; what was done until then stays, and the next run goes on.
 */
export async function provisionGraylog(api: GraylogApi, state: DesiredState): Promise<Change[]> {
  const indexSets = await provisionIndexSets(api, state.indexSets);
  const streams = await provisionStreams(api, state.streams, indexSets.ids);
  const views = [...state.searches.map(drawSearch), ...state.dashboards.map(drawDashboard)];
  const shown: Change[] = [];
  for (const view of views) shown.push(await provisionView(api, view));
  // Last, so that no line comes before the streams that sort it.
  const input = await provisionInput(api, state.input);
  return [...indexSets.changes, ...streams, ...shown, ...input];
}
