import type { System } from "../system";
import { cells, expected, expectNothingTold, ruleOf, type Role, type Seen } from "./expected";
import { makeRequest, type Route, routesOf } from "./gateway-request";
import { gatewayRules } from "./gateway-rules";
import { objectRules } from "./object-rules";
import { type Scene, sceneOf } from "./scene";

/** Services' keys stay outside: to the gateway whoever shows one is nobody. */
const judgedAs = (role: Role): Role => (role === "service" ? "anonymous" : role);

/** Every route of the gateway x every role x own, foreign and missing object. */
export function describeGatewayAuthorisation(system: () => System): void {
  describe("authorisation at the gateway", () => {
    let scene: Scene;
    let routes: Route[];
    beforeAll(async () => {
      routes = await routesOf(`http://127.0.0.1:${system().settings.ports.gatewayAdmin}`);
      scene = await sceneOf(system());
    }, 180_000);

    test("every route of the running gateway has a rule, no rule is of a route that is gone, and HEAD is had where GET is", () => {
      const names = (head: boolean): string[] =>
        routes
          .filter(({ method }) => (method === "HEAD") === head)
          .map(({ method, path }) => `${method} ${path}`);
      expect(names(false).sort()).toEqual(Object.keys(gatewayRules).sort());
      for (const name of names(true)) expect(names(false)).toContain(name.replace("HEAD", "GET"));
    });

    test.each(Object.entries(gatewayRules).filter(([, rule]) => rule === "pages"))(
      "%s is for everybody",
      async (name) => {
        const url = new URL(name.replace(/^GET |\*$/g, ""), system().gatewayUrl);
        for (const headers of Object.values(scene.callers))
          expect((await fetch(url, { headers })).status).toBe(200);
      },
    );

    const judged = Object.entries(gatewayRules).flatMap(([name, rule]) =>
      rule === "pages" ? [] : [[name, rule] as const],
    );
    test.each(judged)(
      "%s tells each role what it may know",
      async (name, rule) => {
        const [method = "", path = ""] = name.split(" ");
        const { kind, request, waits } = objectRules[rule.rpc]!;
        const { gatewayUrl } = system();
        const seen: Seen[] = await Promise.all(
          cells.map(async ({ role, which }) => {
            const orderId = scene.orderOf(role, which);
            const outcome = await makeRequest({
              gatewayUrl,
              route: { method, path },
              rule,
              orderId,
              command: request(orderId),
              headers: scene.callers[role],
              mayWait: kind === "owned",
            });
            return { role, which, ...outcome };
          }),
        );
        const access = ruleOf(rule.rpc);
        expect(seen.map(({ role, which, told }) => `${role}, ${which}: ${told}`)).toEqual(
          cells.map(
            ({ role, which }) => `${role}, ${which}: ${expected(access, kind, judgedAs(role), which)}`,
          ),
        );
        expectNothingTold(seen, kind, waits);
        for (const each of seen)
          if (kind === "list" && each.which === "own" && each.told === "ADMITTED") scene.expectOwnOnly(each);
      },
      60_000,
    );
  });
}
