import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PlainError } from "./plain-error";
import type { PortName, Settings } from "./settings";

/** The services of which several instances may run, and the variable that says how many. */
export const countVariables = {
  gateway: "GATEWAY",
  shop: "SHOP",
  crm: "CRM",
  mes: "MES",
  "mes-operator": "OPERATOR",
  "mes-worker": "WORKER",
  pricing: "PRICING",
} as const;

export type ScaledService = keyof typeof countVariables;
export type Instances = Record<ScaledService, number>;

const most = 9;

/** How many instances of each run: what the environment says, else what the last `up` of this state folder said, else one. */
export function readInstances(env: NodeJS.ProcessEnv, stateFolder: string): Instances {
  const path = join(stateFolder, "instances.json");
  const kept = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Partial<Instances>) : {};
  const counts = Object.entries(countVariables).map(([service, variable]) => {
    const text = env[variable] || String(kept[service as ScaledService] ?? 1);
    const least = service === "pricing" ? 0 : 1;
    if (!/^\d+$/.test(text) || Number(text) < least || Number(text) > most)
      throw new PlainError(`${variable}=${text} is no number of instances: use ${least} to ${most}.`);
    return [service, Number(text)] as const;
  });
  return Object.fromEntries(counts) as Instances;
}

/** Keeps the counts, so that later commands and tools know all addresses. */
export function keepInstances({ stateFolder, instances }: Settings): void {
  mkdirSync(stateFolder, { recursive: true });
  writeFileSync(join(stateFolder, "instances.json"), `${JSON.stringify(instances)}\n`);
}

/** `shop` is the first instance of shop, `shop-2` the second. A name without a number of its own is a service's whole name. */
export function parseInstance(name: string): { service: string; number: number } {
  const [, service, number] = /^(.+)-([2-9]|[1-9]\d)$/.exec(name) ?? [];
  return service === undefined ? { service: name, number: 1 } : { service, number: Number(number) };
}

export function instanceName(service: string, number: number): string {
  return number === 1 ? service : `${service}-${number}`;
}

/** How many instances of a service are to run. */
export function countOf({ instances }: Settings, service: string): number {
  return instances[service as ScaledService] ?? 1;
}

/** The port of a service's nth instance: ten times n above the first one's, unless a variable of its own says otherwise (SHOP_2_PORT, SHOP_2_ADMIN_PORT). */
export function instancePort(settings: Settings, port: PortName, number: number): number {
  const first = settings.ports[port];
  return number === 1 ? first : (settings.instancePorts[`${port}-${number}`] ?? first + 10 * number);
}

/** `127.0.0.1:50051,127.0.0.1:50071`: where all instances of a service listen, as clients take it. */
export function addressesOf(settings: Settings, service: string, port: PortName): string {
  return Array.from(
    { length: Math.max(1, countOf(settings, service)) },
    (_, n) => `127.0.0.1:${instancePort(settings, port, n + 1)}`,
  ).join(",");
}

/** `http://127.0.0.1:8080,http://127.0.0.1:8100`: all gateways. */
export function gatewayUrls(settings: Settings): string {
  return addressesOf(settings, "gateway", "gateway").replace(/[^,]+/g, "http://$&");
}
