import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { knownMetrics, metricsOf, problemsOf } from "./catalogue-check";
import { expressionsOf } from "./dashboards";
import { unmetRequirements } from "./evaluate-requirements";
import { requirements } from "./requirements";

test("every expression reads metrics and labels that exist", () => {
  const known = knownMetrics();
  const wrong = requirements.flatMap(({ what, promql }) =>
    problemsOf(promql, known).map((problem) => `${what}: ${problem}`),
  );
  expect(wrong).toEqual([]);
});

test("every requirement has a panel, which is about it", () => {
  const expressions = expressionsOf();
  const wrong = requirements
    .filter(({ promql, panel: [dashboard, title] }) => {
      const shown = expressions.filter((each) => each.dashboard === dashboard && each.panel === title);
      const read = shown.flatMap(({ expr }) =>
        metricsOf(
          expr.replaceAll("$__rate_interval", "1m").replaceAll("$__range", "5m").replaceAll(/\$\w+/g, ".*"),
        ),
      );
      // A recorded series is named after the one that it is made of.
      return !metricsOf(promql).some((name) =>
        read.some((each) => each === name || each.includes(`:${name}:`)),
      );
    })
    .map(({ what, panel }) => `${what}: ${panel.join(" / ")}`);
  expect(wrong).toEqual([]);
});

test("each of the groups C1 to C6 is there, and nothing twice", () => {
  expect([...new Set(requirements.map(({ id }) => id))]).toEqual(["C1", "C2", "C3", "C4", "C5", "C6"]);
  const names = requirements.map(({ id, what }) => `${id} ${what}`);
  expect(new Set(names).size).toBe(names.length);
});

describe("asked of a Prometheus", () => {
  let server: Server;
  let answers: Record<string, unknown>;
  beforeEach(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const query = new URLSearchParams(Buffer.concat(chunks).toString()).get("query") ?? "";
        response.end(JSON.stringify(answers[query]));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  test("what has no series, no number, or is refused, is told", async () => {
    const of = (promql: string) => ({
      id: "C1" as const,
      what: promql,
      promql,
      panel: ["golden", "x"] as const,
    });
    const vector = (...values: string[]) => ({
      data: { resultType: "vector", result: values.map((value) => ({ value: [0, value] })) },
    });
    answers = {
      full: vector("0", "NaN"),
      empty: vector(),
      nan: vector("NaN"),
      bad: { error: "parse error" },
    };
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const unmet = await unmetRequirements(url, ["full", "empty", "nan", "bad"].map(of));
    expect(unmet.map(({ what, error }) => [what, error])).toEqual([
      ["empty", undefined],
      ["nan", undefined],
      ["bad", "parse error"],
    ]);
  });
});
