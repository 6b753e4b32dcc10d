import { randomUUID } from "node:crypto";
import type { Caller } from "../../checker";
import { MesWorkerServiceDefinition } from "../../gen/alexandrite/mes/v1/mes_worker";
import { ShopServiceDefinition } from "../../gen/alexandrite/shop/v1/shop";
import { type Client, openClient, serviceKey, withoutCredentials } from "../../platform/grpc";
import type { ServiceHost } from "../../platform/lifecycle";
import { serviceKeys } from "../../stack/secrets";
import { createCustomerDoor, type CustomerDoor, signIn } from "../../tools/demo/customer-door";
import { isTransient } from "../../tools/demo/one-order";
import { persist } from "../../tools/demo/persist";
import { openStaffDoor, type StaffDoor } from "../../tools/demo/staff-door";
import { seeds } from "../../tools/seeds";
import type { LinkBoard } from "../links";

/** Who orders: a customer by token, a partner by API key. */
export type Buyer = {
  name: string;
  caller: Caller;
  /** What calls carry to be theirs. */
  credentials: Record<string, string>;
  /** One gateway after the other; whoever wants to try again does so by another call. */
  door(): CustomerDoor;
};

export type People = {
  buyers: readonly Buyer[];
  staff: StaffDoor;
  /** Shop's gRPC door, for streams. */
  shop: Client<typeof ShopServiceDefinition>;
  /** MES's door for pricing workers. */
  workers: Client<typeof MesWorkerServiceDefinition>;
};

/** A caller does not wait longer for an answer, in milliseconds. */
const requestMs = 8_000;

/** Signs everybody in, by the links of the load. What it opens belongs to `host`. `ids` are the buyers' own, by name; without them each makes an order to learn them. */
export async function signInPeople(
  host: ServiceHost,
  links: LinkBoard,
  stateFolder: string,
  ids: Map<string, string>,
): Promise<People> {
  const gateways = links
    .addressesFor("client", "gateway")
    .split(",")
    .map((address) => `http://${address}`);
  const token = (email: string): Promise<string> =>
    persist(() => signIn(gateways.join(","), email, seeds.password), isTransient);
  const [anna, boris, seller, operator] = await Promise.all(
    [seeds.customers[0], seeds.customers[1], seeds.seller, seeds.operator].map(token),
  );
  const buyer = async (
    name: string,
    role: "customer" | "partner",
    credentials: Record<string, string>,
  ): Promise<Buyer> => {
    const doors = gateways.map((url) => createCustomerDoor(role, url, credentials, { requestMs }));
    let turn = 0;
    const door = (): CustomerDoor => doors[turn++ % doors.length]!;
    const id = ids.get(name) ?? (await persist(() => idOf(door()), isTransient));
    ids.set(name, id);
    return { name, caller: { role, id }, credentials, door };
  };
  const addresses = {
    operator: links.addressesFor("client", "mes-operator"),
    crm: links.addressesFor("client", "crm"),
  };
  return {
    buyers: await Promise.all([
      buyer("anna", "customer", { authorization: `Bearer ${anna}` }),
      buyer("boris", "customer", { authorization: `Bearer ${boris}` }),
      buyer("partner", "partner", { "x-api-key": seeds.partnerApiKey }),
    ]),
    staff: await openStaffDoor(host, addresses, { operator: operator!, seller: seller! }),
    shop: await host.own(
      openClient(host, ShopServiceDefinition, {
        address: links.addressesFor("client", "shop"),
        credentials: withoutCredentials(),
      }),
    ),
    workers: await host.own(
      openClient(host, MesWorkerServiceDefinition, {
        address: links.addressesFor("client", "mes-worker"),
        credentials: serviceKey(serviceKeys(stateFolder)["pricing"] ?? ""),
      }),
    ),
  };
}

async function idOf(door: CustomerDoor): Promise<string> {
  const { owner } = await door.create(randomUUID(), 1);
  if (!owner) throw new Error("An order's owner is not told.");
  return owner.id;
}
