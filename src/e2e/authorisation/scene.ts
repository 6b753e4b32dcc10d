import { randomUUID } from "node:crypto";
import type { PlainMetadata } from "../../platform/grpc";
import { serviceKeys } from "../../stack/secrets";
import { sampleModels } from "../../tools/demo/models";
import { seeds } from "../../tools/seeds";
import { eventually, type System } from "../system";
import type { Role, Seen, Which } from "./expected";

/** Who calls in the matrices, and the orders they call about. */
export type Scene = {
  /** Metadata or headers of each role. */
  callers: Record<Role, PlainMetadata>;
  orderOf(role: Role, which: Which): string;
  /** Of a list: customers and partners get their own orders only. */
  expectOwnOnly(seen: Seen): void;
};

const scenes = new WeakMap<System, Promise<Scene>>();

/** The same one for all matrices of a system: a priced order of a customer, of another one, and of a partner. */
export function sceneOf(system: System): Promise<Scene> {
  const known = scenes.get(system) ?? setScene(system);
  scenes.set(system, known);
  return known;
}

async function setScene(system: System): Promise<Scene> {
  const { settings, tokens, customer, otherCustomer, partner } = system;
  const [model] = sampleModels(settings.root);
  const priced = async (door: typeof customer): Promise<string> => {
    const created = await door.create(randomUUID(), 1);
    await door.upload(created, model!, randomUUID());
    const look = async () => (await door.get(created.orderId).catch(() => undefined))?.status;
    await eventually(async () => ((await look()) === "PRICED" ? true : undefined), "the order is priced");
    return created.orderId;
  };
  const [own, other, partners] = await Promise.all([customer, otherCustomer, partner].map(priced));
  const orders = { customer: own!, other: other!, partner: partners! };
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  return {
    callers: {
      anonymous: {},
      customer: bearer(tokens.customer),
      partner: { "x-api-key": seeds.partnerApiKey },
      seller: bearer(tokens.seller),
      operator: bearer(tokens.operator),
      service: { "x-service-key": serviceKeys(settings.stateFolder)["crm"]! },
    },
    orderOf(role, which) {
      if (which === "missing") return randomUUID();
      if (which === "own") return role === "partner" ? orders.partner : orders.customer;
      return role === "partner" ? orders.customer : orders.other;
    },
    expectOwnOnly({ role, answer }) {
      // JSON leaves an empty list out.
      const { orders: listed = [] } = answer as { orders?: { orderId: string; owner?: { kind: string } }[] };
      const ids = listed.map(({ orderId }) => orderId);
      if (role === "customer") expect(ids).toContain(orders.customer);
      if (role === "partner") expect(ids).toContain(orders.partner);
      if (role !== "customer" && role !== "partner") return;
      expect(ids).not.toContain(orders.other);
      expect(ids).not.toContain(role === "customer" ? orders.partner : orders.customer);
      const kind = role === "customer" ? "OWNER_KIND_CUSTOMER" : "OWNER_KIND_PARTNER";
      expect(new Set(listed.map(({ owner }) => owner?.kind))).toEqual(new Set([kind]));
    },
  };
}
