import { type Client, openClient, type RpcService, withoutCredentials } from "../../platform/grpc";
import type { System } from "../system";
import { makeCall } from "./call";
import { doors } from "./doors";
import { cells, expected, expectNothingTold, ruleOf, rules, type Seen } from "./expected";
import { objectRules } from "./object-rules";
import { type Scene, sceneOf } from "./scene";

/** Every RPC x every role x own, foreign and missing object. */
export function describeAuthorisation(system: () => System): void {
  describe("authorisation", () => {
    const clients = new Map<string, Client<RpcService>>();
    let scene: Scene;

    beforeAll(async () => {
      const { host, settings } = system();
      for (const { definition, port } of doors) {
        const address = `127.0.0.1:${settings.ports[port]}`;
        const options = { address, credentials: withoutCredentials() };
        clients.set(`${definition.fullName}@${port}`, await openClient(host, definition, options));
      }
      scene = await sceneOf(system());
    }, 180_000);
    afterAll(async () => {
      for (const client of clients.values()) await client.close();
    });

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
          const rpc = `${definition.fullName}/${method.name}`;
          const { kind, request, waits } = objectRules[rpc]!;
          const client = clients.get(`${definition.fullName}@${port}`)!;
          const seen: Seen[] = await Promise.all(
            cells.map(async ({ role, which }) => {
              const given = request(scene.orderOf(role, which));
              const caller = scene.callers[role];
              const outcome = await makeCall(client, key, method, given, caller, kind === "owned");
              return { role, which, ...outcome };
            }),
          );
          const rule = ruleOf(rpc);
          expect(seen.map(({ role, which, told }) => `${role}, ${which}: ${told}`)).toEqual(
            cells.map(({ role, which }) => `${role}, ${which}: ${expected(rule, kind, role, which)}`),
          );
          expectNothingTold(seen, kind, waits);
          for (const each of seen)
            if (kind === "list" && each.which === "own" && each.told === "ADMITTED")
              scene.expectOwnOnly(each);
        },
        60_000,
      );
    });
  });
}
