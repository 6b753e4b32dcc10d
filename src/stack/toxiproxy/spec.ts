import { fingerprint } from "../fingerprint";
import type { ProcessSpec } from "../process-spec";
import type { Settings } from "../settings";
import { ensureToxiproxy } from "../tools/toxiproxy";

/** The server as a process of a system: it is stopped with everything else, after the services. Its proxies are made by `toxiproxyOn`, and gone when it ends. */
export async function toxiproxySpec(
  { stateFolder }: Settings,
  apiPort: number,
  onLine?: (line: string) => void,
): Promise<ProcessSpec> {
  const command = await ensureToxiproxy(onLine);
  const args = ["-host", "127.0.0.1", "-port", String(apiPort)];
  return {
    name: "toxiproxy",
    command,
    args,
    // A line for every connection is more than anybody reads.
    env: { PATH: process.env["PATH"] ?? "", LOG_LEVEL: "error" },
    cwd: stateFolder,
    stopSignal: "SIGTERM",
    stopMs: 5_000,
    stage: 0,
    ports: [apiPort],
    ready: { kind: "http", url: `http://127.0.0.1:${apiPort}/version` },
    fingerprint: fingerprint([command, ...args]),
  };
}
