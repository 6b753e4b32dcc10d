import { randomUUID } from "node:crypto";
import { descriptorSet } from "../../gen/descriptors";
import {
  accessRulesOf,
  type Client,
  openClient,
  type PlainMetadata,
  type RpcService,
  withoutCredentials,
} from "../../platform/grpc";
import { serviceKeys } from "../../stack/secrets";
import { sampleModels } from "../../tools/demo/models";
import { seeds } from "../../tools/seeds";
import { eventually, type System } from "../system";
import { deadlineMs, makeCall, type Outcome } from "./call";
import { doors } from "./doors";
import { type ObjectKind, objectRules } from "./object-rules";

const roles = ["anonymous", "customer", "partner", "seller", "operator", "service"] as const;
type Role = (typeof roles)[number];
const objects = ["own", "foreign", "missing"] as const;
type Which = (typeof objects)[number];

export const rules = accessRulesOf(descriptorSet, "alexandrite.");

/** What the annotation and the object rule make of a cell. */
function expected(
  rule: (typeof rules)[number]["rule"],
  kind: ObjectKind,
  role: Role,
  which: Which,
): Outcome["told"] {
  if (!rule.anonymous && role === "anonymous") return "UNAUTHENTICATED";
  if (!rule.anonymous && !(rule.roles as ReadonlySet<string>).has(role)) return "PERMISSION_DENIED";
  const isOwnerRole = role === "customer" || role === "partner";
  if (kind === "owned" && (which === "missing" || (which === "foreign" && isOwnerRole))) return "NOT_FOUND";
  if (kind === "unmade") return "NOT_FOUND";
  if (kind === "new" && which === "foreign") return "ALREADY_EXISTS";
  return "ADMITTED";
}

/** Every RPC x every role x own, foreign and missing object. */
export function describeAuthorisation(system: () => System): void {
  describe("authorisation", () => {
    const clients = new Map<string, Client<RpcService>>();
    let callers: Record<Role, PlainMetadata>;
    let orders: { customer: string; other: string; partner: string };

    beforeAll(async () => {
      const { host, settings, tokens, customer, otherCustomer, partner } = system();
      for (const { definition, port } of doors) {
        const address = `127.0.0.1:${settings.ports[port]}`;
        const options = { address, credentials: withoutCredentials() };
        clients.set(`${definition.fullName}@${port}`, await openClient(host, definition, options));
      }
      const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
      callers = {
        anonymous: {},
        customer: bearer(tokens.customer),
        partner: { "x-api-key": seeds.partnerApiKey },
        seller: bearer(tokens.seller),
        operator: bearer(tokens.operator),
        service: { "x-service-key": serviceKeys(settings.stateFolder)["crm"]! },
      };
      const [model] = sampleModels(settings.root);
      const priced = async (door: typeof customer): Promise<string> => {
        const created = await door.create(randomUUID(), 1);
        await door.upload(created, model!, randomUUID());
        const look = async () => (await door.get(created.orderId).catch(() => undefined))?.status;
        await eventually(async () => ((await look()) === "PRICED" ? true : undefined), "the order is priced");
        return created.orderId;
      };
      const [own, other, partners] = await Promise.all([customer, otherCustomer, partner].map(priced));
      orders = { customer: own!, other: other!, partner: partners! };
    }, 180_000);
    afterAll(async () => {
      for (const client of clients.values()) await client.close();
    });

    const orderOf = (role: Role, which: Which): string => {
      if (which === "missing") return randomUUID();
      if (which === "own") return role === "partner" ? orders.partner : orders.customer;
      return role === "partner" ? orders.customer : orders.other;
    };

    test("every method of the descriptors has an object rule and a door, and no rule is of a method that is gone", () => {
      const names = rules.map(({ service, method }) => `${service}/${method}`);
      expect(Object.keys(objectRules).sort()).toEqual(names.sort());
      expect(new Set(doors.map(({ definition }) => definition.fullName))).toEqual(
        new Set(rules.map(({ service }) => service)),
      );
    });

    describe.each(
      doors.map(
        ({ definition, port }) => [definition.fullName.split(".").at(-1)!, port, definition] as const,
      ),
    )("%s of %s", (_name, port, definition) => {
      test.each(Object.entries(definition.methods))(
        "%s tells each role what it may know",
        async (key, method) => {
          const { rule } = rules.find(
            (each) => each.service === definition.fullName && each.method === method.name,
          )!;
          const { kind, request, waits } = objectRules[`${definition.fullName}/${method.name}`]!;
          const client = clients.get(`${definition.fullName}@${port}`)!;
          const cells = roles.flatMap((role) => objects.map((which) => ({ role, which })));
          const seen = await Promise.all(
            cells.map(async ({ role, which }) => {
              const outcome = await makeCall(
                client,
                key,
                method,
                request(orderOf(role, which)),
                callers[role],
                kind === "owned",
              );
              return { role, which, ...outcome };
            }),
          );
          expect(seen.map(({ role, which, told }) => `${role}, ${which}: ${told}`)).toEqual(
            cells.map(({ role, which }) => `${role}, ${which}: ${expected(rule, kind, role, which)}`),
          );
          for (const role of roles) {
            const [own, foreign, missing] = objects.map((which) =>
              seen.find((each) => each.role === role && each.which === which)!,
            );
            if (own!.told === "UNAUTHENTICATED" || own!.told === "PERMISSION_DENIED") {
              // Who may not call learns nothing of objects.
              expect(new Set([own!.text, foreign!.text, missing!.text]).size).toBe(1);
            }
            if (kind === "owned" && foreign!.told === "NOT_FOUND") expectAlike(foreign!, missing!, waits);
            if (kind === "list" && own!.told === "ADMITTED") expectOwnOnly(role, own!);
          }
        },
        60_000,
      );
    });

    /** Neither the words nor the time tell a foreign object from a missing one. */
    function expectAlike(foreign: Outcome, missing: Outcome, waits = false): void {
      // A deadline that passes on the way has no words.
      if (foreign.text !== "" && missing.text !== "")
        expect([foreign.reason, foreign.text]).toEqual([missing.reason, missing.text]);
      if (waits) for (const { ms } of [foreign, missing]) expect(ms).toBeGreaterThan(deadlineMs / 2);
    }

    function expectOwnOnly(role: Role, { answer }: Outcome): void {
      const listed = (answer as { orders: { orderId: string; owner?: { kind: string } }[] }).orders;
      const ids = listed.map(({ orderId }) => orderId);
      if (role === "customer") expect(ids).toContain(orders.customer);
      if (role === "partner") expect(ids).toContain(orders.partner);
      if (role !== "customer" && role !== "partner") return;
      expect(ids).not.toContain(orders.other);
      expect(ids).not.toContain(role === "customer" ? orders.partner : orders.customer);
      const kind = role === "customer" ? "OWNER_KIND_CUSTOMER" : "OWNER_KIND_PARTNER";
      expect(new Set(listed.map(({ owner }) => owner?.kind))).toEqual(new Set([kind]));
    }
  });
}
