import { Latencies } from "../tools/demo/latency";
import { sampleModels } from "../tools/demo/models";
import { runOrder } from "../tools/demo/one-order";
import type { System } from "./system";

const victims = [
  "mes",
  "crm",
  "shop",
  "pricing",
  "mes-worker",
  "mes-operator",
  "payments",
  "gateway",
  "kafka",
];

/** `kill -9` of each process while orders run: every order still gets where it is going, and all three services say so. */
export function describeKills(system: () => System): void {
  describe("kills", () => {
    test(`orders survive the sudden death of ${victims.join(", ")}`, async () => {
      const { customer, partner, staff, settings, stack } = system();
      const models = sampleModels(settings.root);
      let killing = true;
      let orders = 0;
      const worker = async (number: number): Promise<void> => {
        while (killing) {
          const model = models[(orders + number) % models.length]!;
          const plan = {
            customer: number % 2 === 0 ? customer : partner,
            staff,
            model,
            quantity: 1,
            sellerDelivers: true,
          };
          const { status } = await runOrder(plan, new Latencies());
          expect(status).toBe("DELIVERED");
          orders += 1;
        }
      };
      const workers = Promise.all([0, 1, 2, 3].map(worker));
      // A worker that fails must not go unseen while the killing goes on.
      workers.catch(() => (killing = false));
      for (const victim of victims) {
        if (!killing) break;
        await new Promise((wake) => setTimeout(wake, 1_500));
        await stack("kill", victim);
        await new Promise((wake) => setTimeout(wake, 1_000));
        await stack("start", victim);
      }
      killing = false;
      await workers;
      expect(orders).toBeGreaterThanOrEqual(victims.length);
    }, 600_000);
  });
}
