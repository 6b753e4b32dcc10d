/**
 * Settings of a system beside others on this machine: a process's own offset from `first` on, and every port below 32768, where Linux takes the ports of outgoing
 * connections from: a server that is started again would find one of those in its place. `first` is a multiple of 100 of at least 5,000; up to 20 systems fit above it.
 * What watches a system is off: Prometheus and its kin are not what such a system is for, unless TELEMETRY=on is said after these settings.
 */
export function systemPorts(first: number): NodeJS.ProcessEnv {
  return {
    PORT_OFFSET: String(first + (process.pid % 20) * 100),
    POSTGRES_PORT: "6432",
    SHOP_PORT: "12051",
    CRM_PORT: "12052",
    MES_PORT: "12053",
    MES_OPERATOR_PORT: "12054",
    MES_WORKER_PORT: "12055",
    PROMETHEUS_PORT: "9060",
    TELEMETRY: "off",
  };
}
