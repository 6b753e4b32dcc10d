/** The broker as `server.address` and `server.port`; nothing where several are configured, for which one answered is not known then. */
export function serverAttributes(brokers: readonly string[]): Record<string, string | number> {
  const [only, ...others] = brokers;
  const [, host, port] = /^(.*):(\d+)$/.exec(only ?? "") ?? [];
  if (host === undefined || others.length > 0) return {};
  return { "server.address": host, "server.port": Number(port) };
}
