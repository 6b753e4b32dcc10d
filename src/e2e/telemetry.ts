import { randomUUID } from "node:crypto";
import { join } from "node:path";
import {
  exemplarsOf,
  faultsOf,
  gapsOf,
  movesOf,
  type OrderMove,
  type TraceSource,
  traceStore,
} from "../observability/traces";
import { logFiles, readLog } from "../stack/logs/read-log";
import { Latencies } from "../tools/demo/latency";
import { sampleModels } from "../tools/demo/models";
import { runOrder } from "../tools/demo/one-order";
import { cubeFile } from "./models";
import { eventually, type System } from "./system";

/** Metrics, health and traces of the running system. */
export function describeTelemetry(system: () => System): void {
  // Test systems run without the telemetry servers, of which the exporter is one.
  const adminPorts = (): [string, number][] =>
    Object.entries(system().settings.ports).filter(
      ([name]) => name.endsWith("Admin") && name !== "exporterAdmin",
    );

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

    describe("one order", () => {
      let orderId: string;
      let moves: OrderMove[];
      let traces: TraceSource;

      beforeAll(async () => {
        const { settings, customer, staff } = system();
        traces = traceStore(`http://127.0.0.1:${settings.ports.otlp}`);
        // A model of its own: one that was priced before needs no worker.
        const model = cubeFile(settings.stateFolder, 17.5);
        const order = { customer, staff, model, quantity: 2, sellerDelivers: true };
        ({ orderId } = await runOrder(order, new Latencies()));
        // Spans are sent in batches.
        await new Promise((wake) => setTimeout(wake, 8_000));
      }, 180_000);

      test("each of its traces is whole and goes from the door through all processes to the last consumer", async () => {
        const found = await eventually(async () => {
          const all = await traces.ofOrder(orderId);
          const isThere = movesOf(all).length === 10 && gapsOf(movesOf(all)).length === 0;
          return isThere ? all : undefined;
        }, `ten moves of order ${orderId} are traced to their last consumers`);
        moves = movesOf(found);
        // The last batches of spans may still be on their way when the last consumer's is there.
        const faults = async (): Promise<string[]> => (await traces.ofOrder(orderId)).flatMap(faultsOf);
        await eventually(async () => ((await faults()).length === 0 ? true : undefined), "no orphan").catch(
          async () => expect(await faults()).toEqual([]),
        );
      }, 120_000);

      test("its lines in the logs tell its moves in their order, under the ids of their traces", () => {
        const folder = join(system().settings.stateFolder, "logs");
        const lines = logFiles(folder)
          .flatMap((file) => readLog(file, Infinity, true))
          .filter((line) => line.orderId === orderId && line.fields["order_version"] !== undefined)
          .sort((a, b) => a.timeMs - b.timeMs);
        const told = lines.map(({ fields }) => `${fields["order_version"]} ${fields["order_status"]}`);
        expect([...new Set(told)]).toEqual(moves.map(({ version, status }) => `${version} ${status}`));
        for (const { version, traceId } of moves) {
          const ofVersion = lines.filter(({ fields }) => fields["order_version"] === String(version));
          expect(new Set(ofVersion.map((line) => line.traceId))).toEqual(new Set([traceId]));
        }
      });

      test("an exemplar of a request leads to its trace", async () => {
        const { settings, customer } = system();
        const created = await customer.create(randomUUID(), 1);
        const metrics = `http://127.0.0.1:${settings.ports.gatewayAdmin}/metrics`;
        const leadsToIt = async (): Promise<true | undefined> => {
          const exemplars = exemplarsOf(await (await fetch(metrics)).text()).filter(
            ({ metric, labels }) => metric.endsWith("_bucket") && labels["route"] === "/api/v1/orders",
          );
          for (const traceId of new Set(exemplars.map((each) => each.traceId))) {
            const spans = (await traces.find(traceId))?.spans ?? [];
            if (spans.some(({ attributes }) => attributes["order.id"] === created.orderId)) return true;
          }
          return undefined;
        };
        expect(await eventually(leadsToIt, "an exemplar's trace is that of the order")).toBe(true);
      }, 120_000);
    });
  });
}
