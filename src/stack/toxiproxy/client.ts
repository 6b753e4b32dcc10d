/** What toxiproxy does to the bytes of a connection (https://github.com/Shopify/toxiproxy#toxics). */
export type Toxic = {
  type: "reset_peer" | "timeout" | "bandwidth" | "latency";
  attributes: Record<string, number>;
  /** `downstream`, the default: what comes back from the upstream. */
  stream?: "downstream" | "upstream";
};

/** A toxiproxy server that runs. Proxies have names; all ports are of 127.0.0.1. */
export type Toxiproxy = {
  /** Makes a proxy. Throws when its port is taken. */
  add(name: string, ports: { listen: number; upstream: number }): Promise<void>;
  /** Lets a toxic begin; one of a type and direction at a time. */
  spoil(name: string, toxic: Toxic): Promise<void>;
  /** Ends a toxic; one that has ended already is none. */
  mend(name: string, toxic: Pick<Toxic, "type" | "stream">): Promise<void>;
  /** Ends all connections, and passes later ones on to another port. */
  lead(name: string, upstream: number): Promise<void>;
  /** Off: ends all connections and refuses new ones. */
  enable(name: string, on: boolean): Promise<void>;
  /** Ends all toxics, and switches all proxies on. */
  mendAll(): Promise<void>;
  /** Resolves when it answers. */
  ping(): Promise<void>;
};

/** A client of the toxiproxy server whose API listens on this port. */
export function toxiproxyOn(apiPort: number): Toxiproxy {
  const base = `http://127.0.0.1:${apiPort}`;
  const send = async (method: string, path: string, body?: unknown): Promise<number> => {
    const answer = await fetch(`${base}${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await answer.text();
    if (!answer.ok && answer.status !== 404)
      throw new Error(`${method} ${path} of toxiproxy answers ${answer.status}: ${text}`);
    return answer.status;
  };
  const must = async (method: string, path: string, body?: unknown): Promise<void> => {
    if ((await send(method, path, body)) === 404) throw new Error(`toxiproxy knows no ${path}.`);
  };
  const address = (port: number): string => `127.0.0.1:${port}`;
  const nameOf = ({ type, stream = "downstream" }: Pick<Toxic, "type" | "stream">): string =>
    `${type}_${stream}`;
  return {
    add: (name, { listen, upstream }) =>
      must("POST", "/proxies", {
        name,
        listen: address(listen),
        upstream: address(upstream),
        enabled: true,
      }),
    spoil: (name, { type, attributes, stream = "downstream" }) =>
      must("POST", `/proxies/${name}/toxics`, { name: nameOf({ type, stream }), type, stream, attributes }),
    mend: async (name, toxic) => void (await send("DELETE", `/proxies/${name}/toxics/${nameOf(toxic)}`)),
    lead: (name, upstream) =>
      must("POST", `/proxies/${name}`, { upstream: address(upstream), enabled: true }),
    enable: (name, enabled) => must("POST", `/proxies/${name}`, { enabled }),
    mendAll: () => must("POST", "/reset"),
    ping: () => must("GET", "/version"),
  };
}
