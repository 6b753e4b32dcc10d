import { spawn } from "node:child_process";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { PortName } from "../../../stack/settings";
import { ensureToxiproxy } from "../../../stack/tools/toxiproxy";
import { type Toxic, type Toxiproxy, toxiproxyOn } from "../../../stack/toxiproxy";
import type { Act } from "../types";
import { startedWith } from "./processes";

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
  const proxy = "drill";
  let server: Toxiproxy | undefined;
  const through: Act = async (site, undo) => {
    const [apiPort, port] = [await freePort(), await freePort()];
    const binary = await ensureToxiproxy(site.say);
    const child = spawn(binary, ["-host", "127.0.0.1", "-port", String(apiPort)], { stdio: "ignore" });
    undo.add("end toxiproxy", async () => void child.kill());
    const toxiproxy = (server = toxiproxyOn(apiPort));
    await untilItTakes(() => toxiproxy.add(proxy, { listen: port, upstream: site.settings.ports[upstream] }));
    await startedWith(service, () => ({ [variable]: `${scheme}127.0.0.1:${port}` }))(site, undo);
  };
  const spoil = (toxic: Toxic): Act => {
    return async (_site, undo) => {
      undo.add(`end ${toxic.type}`, async () => server?.mend(proxy, toxic));
      await server?.spoil(proxy, toxic);
    };
  };
  const cut: Act = async (_site, undo) => {
    undo.add("let connections through", async () => server?.enable(proxy, true));
    await server?.enable(proxy, false);
  };
  return { through, spoil, cut };
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
