import { covers } from "./covers";
import type { Change } from "./provision";
import type { GraylogApi } from "./rest";
import type { View } from "./views";

/** A saved search or a dashboard, by its id, which is ours. What it searches is stored first: Graylog refuses a view without. */
export async function provisionView(api: GraylogApi, { search, view }: View): Promise<Change> {
  const what = `${String(view["type"]).toLowerCase()} "${view.title}"`;
  const storedSearch = await api.find(`/views/search/${search.id}`);
  const isSearchRight = covers(storedSearch, search);
  if (!isSearchRight) await api.call("POST", "/views/search", search);
  const stored = await api.find(`/views/${view.id}`);
  if (!stored) {
    await api.call("POST", "/views", view);
    return { what, did: "created" };
  }
  const isViewRight = covers(stored, view);
  if (!isViewRight) await api.call("PUT", `/views/${view.id}`, view);
  return { what, did: isSearchRight && isViewRight ? "kept" : "mended" };
}
