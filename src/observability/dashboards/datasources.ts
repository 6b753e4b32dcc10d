/** The data sources' fixed uids, as `grafana/provisioning/datasources` has them. */
export const prometheus = { type: "prometheus", uid: "prometheus" } as const;
export const jaeger = { type: "jaeger", uid: "jaeger" } as const;
export const logIndices = { type: "grafana-opensearch-datasource", uid: "opensearch" } as const;
