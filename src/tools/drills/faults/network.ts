import { spawn } from "node:child_process";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { PortName } from "../../../stack/settings";
import { ensureToxiproxy } from "../../../stack/tools/toxiproxy";
import type { Act } from "../types";
import { startedWith } from "./processes";

/** What toxiproxy does to what comes back from the upstream (https://github.com/Shopify/toxiproxy#toxics). */
type Toxic = { type: "reset_peer" | "timeout" | "bandwidth" | "latency"; attributes: Record<string, number> };

export type Wire = {
  service: string;
  /** The variable that tells the service where the upstream is. */
  variable: string;
  upstream: PortName;
  /** Before host and port in that variable; `http://` or nothing. */
  scheme?: "http://" | "";
};

/**
 * A connection that goes through toxiproxy. `through` puts the proxy in between, for which the service is started again; `spoil` does something to the bytes; `cut` ends
 * the connections and refuses new ones.
 */
export function wireOf({ service, variable, upstream, scheme = "http://" }: Wire) {
  let proxy = "";
  const through: Act = async (site, undo) => {
    const [apiPort, port] = [await freePort(), await freePort()];
    const binary = await ensureToxiproxy(site.say);
    const child = spawn(binary, ["-host", "127.0.0.1", "-port", String(apiPort)], { stdio: "ignore" });
    undo.add("end toxiproxy", async () => void child.kill());
    const api = `http://127.0.0.1:${apiPort}/proxies`;
    proxy = `${api}/drill`;
    const made = {
      name: "drill",
      listen: `127.0.0.1:${port}`,
      upstream: `127.0.0.1:${site.settings.ports[upstream]}`,
      enabled: true,
    };
    await untilItTakes(() => send("POST", api, made));
    await startedWith(service, () => ({ [variable]: `${scheme}127.0.0.1:${port}` }))(site, undo);
  };
  const spoil = ({ type, attributes }: Toxic): Act => {
    return async (_site, undo) => {
      undo.add(`end ${type}`, () => send("DELETE", `${proxy}/toxics/${type}`));
      await send("POST", `${proxy}/toxics`, { name: type, type, stream: "downstream", attributes });
    };
  };
  const cut: Act = async (_site, undo) => {
    undo.add("let connections through", () => send("POST", proxy, { enabled: true }));
    await send("POST", proxy, { enabled: false });
  };
  return { through, spoil, cut };
}

async function send(method: string, url: string, body?: unknown): Promise<void> {
  const answer = await fetch(url, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url} answers ${answer.status}: ${text}`);
}

async function untilItTakes(attempt: () => Promise<void>): Promise<void> {
  for (let left = 50; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      await sleep(100);
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
