import { randomUUID } from "node:crypto";
import { Latencies } from "../tools/demo/latency";
import { sampleModels } from "../tools/demo/models";
import { runOrder } from "../tools/demo/one-order";
import { cubeFile } from "./models";
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
      // A model of its own: one that was priced before needs no worker.
      const model = cubeFile(settings.stateFolder, 17.5);
      const created = await customer.create(randomUUID(), 2);
      await customer.upload(created, model, randomUUID());
      await eventually(
        async () =>
          (await customer.get(created.orderId).catch(() => undefined))?.status === "PRICED"
            ? true
            : undefined,
        "the order is priced",
      );
      const wanted = ["gateway", "mes", "mes-worker", "pricing", "crm", "shop"];
      const found = await eventually(
        () => traceAcross(created.orderId, wanted),
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

  /** Spans are sent in batches: a trace is looked at when it names everybody, and a while later, when the last batch is there. */
  async function traceAcross(orderId: string, wanted: string[]): Promise<Span[] | undefined> {
    const base = `http://127.0.0.1:${system().settings.ports.otlp}/traces`;
    const read = async <T>(path: string): Promise<T> => (await (await fetch(base + path)).json()) as T;
    const { traces } = await read<{ traces: { traceId: string; services: string[] }[] }>(
      `?attr=order.id=${orderId}&limit=500`,
    );
    const whole = traces.find(({ services }) => wanted.every((name) => services.includes(name)));
    if (!whole) return undefined;
    await new Promise((wake) => setTimeout(wake, 8_000));
    return (await read<{ spans: Span[] }>(`/${whole.traceId}`)).spans;
  }
}
