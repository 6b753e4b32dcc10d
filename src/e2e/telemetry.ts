import { randomUUID } from "node:crypto";
import { Latencies } from "../tools/demo/latency";
import { sampleModels } from "../tools/demo/models";
import { runOrder } from "../tools/demo/one-order";
import { eventually, type System } from "./system";

type Span = { traceId: string; spanId: string; parentSpanId?: string; service: string; name: string };

/** Metrics, health and traces of the running system. */
export function describeTelemetry(system: () => System): void {
  const adminPorts = (): [string, number][] =>
    Object.entries(system().settings.ports).filter(([name]) => name.endsWith("Admin"));

  describe("telemetry", () => {
    test("every process answers /metrics, /livez and /readyz", async () => {
      for (const [name, port] of adminPorts()) {
        for (const path of ["metrics", "livez", "readyz"]) {
          const response = await fetch(`http://127.0.0.1:${port}/${path}`);
          expect(`${name} ${path} ${response.status}`).toBe(`${name} ${path} 200`);
        }
      }
    });

    test("an order's calls are counted and timed per method and code", async () => {
      const { settings, customer, staff } = system();
      const [model] = sampleModels(settings.root);
      await runOrder({ customer, staff, model: model!, quantity: 1, sellerDelivers: true }, new Latencies());
      const text = await (await fetch(`http://127.0.0.1:${settings.ports.shopAdmin}/metrics`)).text();
      const series =
        'grpc_type="unary",grpc_service="alexandrite.shop.v1.ShopService",grpc_method="PayOrder",grpc_code="OK"';
      expect(
        Number(new RegExp(`grpc_server_handled_total\\{${series}\\} (\\d+)`).exec(text)?.[1]),
      ).toBeGreaterThan(0);
      expect(text).toContain(`grpc_server_handling_seconds_bucket{${series},le=`);
    });

    test("the trace from upload to PRICED crosses all processes without a gap", async () => {
      const { customer, settings } = system();
      const [model] = sampleModels(settings.root);
      const created = await customer.create(randomUUID(), 2);
      await customer.upload(created, model!, randomUUID());
      await eventually(
        async () =>
          (await customer.get(created.orderId).catch(() => undefined))?.status === "PRICED"
            ? true
            : undefined,
        "the order is priced",
      );
      const wanted = ["gateway", "mes", "pricing", "crm", "shop"];
      const found = await eventually(
        async () => {
          const traces = await tracesOf(created.orderId);
          return traces.find((spans) =>
            wanted.every((name) => spans.some(({ service }) => service.startsWith(name))),
          );
        },
        `one trace of order ${created.orderId} crosses ${wanted.join(", ")}`,
      );
      const ids = new Set(found.map(({ spanId }) => spanId));
      const orphans = found.filter(
        ({ parentSpanId }) => parentSpanId !== undefined && !ids.has(parentSpanId),
      );
      expect(orphans.map(({ service, name }) => `${service}: ${name}`)).toEqual([]);
      expect(found.filter(({ parentSpanId }) => parentSpanId === undefined)).toHaveLength(1);
    }, 120_000);
  });

  async function tracesOf(orderId: string): Promise<Span[][]> {
    const base = `http://127.0.0.1:${system().settings.ports.otlp}/traces`;
    // Spans are sent in batches; what is asked for at once may be half there.
    await new Promise((wake) => setTimeout(wake, 6_000));
    const { traces } = (await (await fetch(`${base}?attr=order.id=${orderId}`)).json()) as {
      traces: { traceId: string }[];
    };
    return Promise.all(
      traces.map(
        async ({ traceId }) =>
          ((await (await fetch(`${base}/${traceId}`)).json()) as { spans: Span[] }).spans,
      ),
    );
  }
}
