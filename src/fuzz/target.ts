import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { openPlace } from "../tools/place";
import { signInPeople } from "../bench/roll/people";
import type { ServiceHost } from "../platform/lifecycle";
import { serviceKeys } from "../stack/secrets";
import type { Settings } from "../stack/settings";
import { type CustomerDoor, createCustomerDoor, signIn } from "../tools/demo/customer-door";
import { sampleModels } from "../tools/demo/models";
import { persist } from "../tools/demo/persist";
import { seeds } from "../tools/seeds";
import { createToolHost } from "../tools/tool-host";

export const roles = ["anonymous", "customer", "partner", "seller", "operator", "service"] as const;
export type Role = (typeof roles)[number];

/** A running system that is to be fuzzed, with somebody of every role. */
export type Target = {
  settings: Settings;
  host: ServiceHost;
  gatewayUrl: string;
  /** Metadata or headers of each role. */
  callers: Readonly<Record<Role, Readonly<Record<string, string>>>>;
  /** Priced orders: of the customer, of another one, of the partner. */
  orderIds: readonly [string, string, string];
  /** Takes a new order up to its price and gives its id: whoever can do that is served. Throws when it takes longer than two minutes. */
  serve(): Promise<string>;
  /** What the processes are and have done. */
  processes(): Promise<ProcessState[]>;
  close(): Promise<void>;
};

export type ProcessState = { name: string; pid: number; restarts: number; megabytes: number; ready: boolean };

const patienceMs = 120_000;

/** Starts a system of its own with one instance of everything. */
export async function openTarget(): Promise<Target> {
  const one = { GATEWAY: "1", SHOP: "1", CRM: "1", MES: "1", OPERATOR: "1", WORKER: "1", PRICING: "1" };
  const place = await openPlace(one);
  const control = createToolHost("fuzz");
  const close = async (): Promise<void> => {
    await control.stop(5_000);
    await place.close();
  };
  try {
    return { ...(await enter(place, control.host)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function enter(
  place: Awaited<ReturnType<typeof openPlace>>,
  host: ServiceHost,
): Promise<Omit<Target, "close">> {
  const { settings } = place;
  const gatewayUrl = `http://127.0.0.1:${settings.ports.gateway}`;
  const { customer, tokens } = await signInPeople(host, settings);
  const boris = await persist(
    () => signIn(gatewayUrl, seeds.customers[1], seeds.password),
    () => true,
  );
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const partnerKey = { "x-api-key": seeds.partnerApiKey };
  const doors = [
    customer,
    createCustomerDoor("customer", gatewayUrl, bearer(boris)),
    createCustomerDoor("partner", gatewayUrl, partnerKey),
  ];
  const [own, other, partners] = await Promise.all(doors.map((door) => price(door, settings.root)));
  return {
    settings,
    host,
    gatewayUrl,
    callers: {
      anonymous: {},
      customer: bearer(tokens.customer),
      partner: partnerKey,
      seller: bearer(tokens.seller),
      operator: bearer(tokens.operator),
      service: { "x-service-key": serviceKeys(settings.stateFolder)["crm"]! },
    },
    orderIds: [own!, other!, partners!],
    serve: () => price(customer, settings.root),
    async processes() {
      const { processes } = JSON.parse(await place.stack("status", "--json")) as {
        processes: { name: string; pid?: number; restarts: number; pssBytes: number; ready: boolean }[];
      };
      return processes.map(({ name, pid = 0, restarts, pssBytes, ready }) => ({
        name,
        pid,
        restarts,
        megabytes: Math.round(pssBytes / 1e6),
        ready,
      }));
    },
  };
}

/** A new order up to its price; a system under load is slow, and says so. */
async function price(door: CustomerDoor, root: string): Promise<string> {
  const [model] = sampleModels(root);
  const until = Date.now() + patienceMs;
  const transient = (): boolean => Date.now() < until;
  const orderId = randomUUID();
  const created = await persist(() => door.create(orderId, 1), transient);
  const commandId = randomUUID();
  await persist(() => door.upload(created, model!, commandId), transient);
  for (;;) {
    const status = (await door.get(orderId).catch(() => undefined))?.status;
    if (status === "PRICED") return orderId;
    if (Date.now() > until)
      throw new Error(`Order ${orderId} has no price after ${patienceMs} ms, it is ${status}.`);
    await sleep(200);
  }
}
