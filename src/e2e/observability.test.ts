import { createServer, type Server } from "node:net";
import type { AddressInfo } from "node:net";
import { metricsOf } from "../observability/catalogue-check";
import { evaluateExpressions } from "../observability/dashboards";
import { unmetRequirements } from "../observability/evaluate-requirements";
import { type Load, startLoad } from "../tools/drills/load";
import { playDrills } from "../tools/drills/play-drills";
import { drills } from "../tools/drills/table";
import type { Undo } from "../tools/drills/undo";
import { eventually, startSystem, type System } from "./system";

type Rule = { name: string; query: string; health: string; lastError?: string };

/** Series that are there only once something has gone wrong. */
const onlyAfterFaults = new Set(["metric_series_overflow_total"]);

/** The system with all that watches it, a light load, and alerts that fire within seconds. */
let system: System;
let load: Load;
let logSink: Server;

describe("the system with all that watches it", () => {
  beforeAll(async () => {
    logSink = createServer((socket) => socket.on("error", () => undefined).resume());
    await new Promise<void>((resolve) => logSink.listen(0, "127.0.0.1", resolve));
    const { port } = logSink.address() as AddressInfo;
    system = await startSystem({
      TELEMETRY: "on",
      JAEGER: "off",
      PROFILE: "drill",
      GELF_ADDRESS: `127.0.0.1:${port}`,
    });
    const { settings, gatewayUrl, customer, partner, staff, tokens } = system;
    const people = { gatewayUrl, customer, partner, staff, tokens };
    load = startLoad({ settings, people, say: () => undefined }, "orders");
  }, 600_000);

  afterAll(async () => {
    await load?.stop();
    await system?.stop();
    logSink?.close();
  }, 300_000);

  test("every rule is evaluated without an error, and reads series that exist", async () => {
    const evaluated = async (): Promise<Rule[] | undefined> => {
      const found = await rules();
      return found.length > 0 && found.every(({ health }) => health !== "unknown") ? found : undefined;
    };
    // The rules of the error budgets have a turn each 100 s.
    const all = await eventually(evaluated, "all rules were evaluated", 150_000);
    expect(all.filter(({ health }) => health !== "ok")).toEqual([]);
    const readBy = new Map(
      all.flatMap(({ name, query }) => metricsOf(query).map((metric) => [metric, name] as const)),
    );
    await untilEmpty(async () => {
      const missing: string[] = [];
      for (const [metric, rule] of readBy)
        if (!onlyAfterFaults.has(metric) && (await seriesOf(metric)) === 0)
          missing.push(`${metric} of ${rule}`);
      return missing;
    });
  }, 300_000);

  test("every metric that was asked for has a value", async () => {
    await untilEmpty(async () =>
      (await unmetRequirements(prometheus())).map(({ promql, error = "no number" }) => `${promql}: ${error}`),
    );
  }, 240_000);

  test("every panel of the dashboards shows something", async () => {
    await untilEmpty(async () =>
      (await evaluateExpressions(prometheus()))
        .filter(({ series }) => series === 0)
        .map(({ dashboard, panel, error = "nothing" }) => `${dashboard}: ${panel}: ${error}`),
    );
  }, 240_000);

  test("what a drill breaks is announced, and that it is over", async () => {
    await load.stop();
    const chosen = drills.filter(({ name }) => ["poison-message", "kill-products"].includes(name));
    const said: string[] = [];
    const results = await playDrills(chosen, system.settings, (line) => said.push(line), new Set<Undo>());
    const failed = results.filter(({ passed }) => !passed).map(({ name, why }) => `${name}: ${why}`);
    expect({ failed, said: failed.length === 0 ? [] : said }).toEqual({ failed: [], said: [] });
  }, 600_000);
});

function prometheus(): string {
  return `http://127.0.0.1:${system.settings.ports.prometheus}`;
}

async function rules(): Promise<Rule[]> {
  const answer = await fetch(`${prometheus()}/api/v1/rules`);
  const { data } = (await answer.json()) as { data: { groups: { rules: Rule[] }[] } };
  return data.groups.flatMap((group) => group.rules);
}

async function seriesOf(promql: string): Promise<number> {
  const answer = await fetch(`${prometheus()}/api/v1/query?${new URLSearchParams({ query: promql })}`);
  const { data } = (await answer.json()) as { data: { result: unknown[] } };
  return data.result.length;
}

/** Some series take a round of this or that to be there. In the end what is left is told. */
async function untilEmpty(look: () => Promise<string[]>): Promise<void> {
  let left: string[] = [];
  const none = async (): Promise<true | undefined> => {
    left = await look();
    return left.length === 0 ? true : undefined;
  };
  await eventually(none, "nothing is missing", 90_000).catch(() => undefined);
  expect(left).toEqual([]);
}
