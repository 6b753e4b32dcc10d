import { countOf, instanceName, instancePort } from "../../stack/instances";
import type { Links } from "../../stack/links";
import type { PortName, Settings } from "../../stack/settings";
import { calls } from "../schedule";

/** One proxy: from one process to one of its upstreams. */
export type Wire = {
  /** As toxiproxy knows it. */
  name: string;
  /** `shop>postgres`: all wires between the instances of two. */
  link: string;
  /** The process that calls; `client` is the load. */
  from: string;
  /** The port that it would call without the proxy. */
  instead: number;
  listen: number;
  upstream: number;
};

/** Where each upstream listens. */
const portNames: Readonly<Record<string, PortName>> = {
  gateway: "gateway",
  shop: "shop",
  crm: "crm",
  mes: "mes",
  "mes-operator": "mesOperator",
  "mes-worker": "mesWorker",
  products: "products",
  payments: "payments",
  postgres: "postgres",
  kafka: "kafka",
  s3: "s3",
};

const countIn = (settings: Settings, name: string): number =>
  name === "client" ? 1 : Math.max(1, countOf(settings, name));

/**
 * The proxies between everybody and everybody that they call, and how the system is told of them. A broker tells its clients where to call next, so all instances of a
 * service share a door of the broker's and a wire to it.
 */
export async function planWires(
  settings: Settings,
  port: () => Promise<number>,
): Promise<{ wires: Wire[]; links: Links }> {
  const wires: Wire[] = [];
  const ports: Record<string, Record<number, number>> = {};
  const listeners: Links["listeners"][number][] = [];
  for (const [service, upstreams] of Object.entries(calls)) {
    const instances = Array.from({ length: countIn(settings, service) }, (_, n) =>
      instanceName(service, n + 1),
    );
    for (const to of upstreams) {
      const link = `${service}>${to}`;
      if (to === "kafka") {
        const [listen, behind] = [await port(), await port()];
        const instead = settings.ports.kafka;
        listeners.push({ name: service.replace("-", "_").toUpperCase(), port: behind, advertised: listen });
        wires.push({ name: nameOf(service, to), link, from: service, instead, listen, upstream: behind });
        for (const from of instances) (ports[from] ??= {})[instead] = listen;
        continue;
      }
      for (const from of instances) {
        for (let number = 1; number <= countIn(settings, to); number++) {
          const upstream = instancePort(settings, portNames[to]!, number);
          const listen = await port();
          const name = nameOf(from, instanceName(to, number));
          wires.push({ name, link, from, instead: upstream, listen, upstream });
          (ports[from] ??= {})[upstream] = listen;
        }
      }
    }
  }
  return { wires, links: { ports, listeners } };
}

const nameOf = (from: string, to: string): string => `${from}_${to}`;
