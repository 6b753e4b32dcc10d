import type { z } from "zod";
import type { searchRequest, viewRequest } from "./bodies";

type View = z.infer<typeof viewRequest>;

/** What ViewsResource.validateSearchProperties of Graylog asks of a view beyond its form; `refuse` throws. */
export function checkView(view: View, searches: { id: string }[], refuse: (message: string) => never): void {
  const search = searches.find(({ id }) => id === view.search_id) as
    z.infer<typeof searchRequest> | undefined;
  if (!search) return refuse(`Search ${view.search_id} not available`);
  const states = Object.entries(view.state);
  const queries = search.queries.map(({ id }) => id);
  if (states.some(([id]) => !queries.includes(id)))
    return refuse("Search queries do not correspond to view/state queries");
  const types = new Set(search.queries.flatMap((query) => query.search_types.map(({ id }) => id)));
  for (const [, { widgets, widget_mapping: mapping, positions }] of states) {
    if (
      Object.values(mapping)
        .flat()
        .some((id) => !types.has(id))
    ) {
      return refuse("Search types do not correspond to view/search types");
    }
    const ids = widgets.map(({ id }) => id);
    if (Object.keys(mapping).some((id) => !ids.includes(id)) || ids.some((id) => !(id in mapping))) {
      return refuse("Widget mappings don't correspond to widgets");
    }
    if (ids.some((id) => !(id in positions))) return refuse("Widget positions don't correspond to widgets");
  }
}
