import { randomUUID } from "node:crypto";
import type { OrderView } from "../tools/demo/customer-door";
import type { DemoModel } from "../tools/demo/models";
import { cubeFile } from "./models";
import { eventually, type System } from "./system";

const cards = { good: "4242424242424242", declined: "4000000000000002", timesOut: "4000000000000259" };

/** Captures minus refunds is 1 for a paid order and 0 for a cancelled one, whatever happens between Shop and the provider. */
export function describePayments(system: () => System): void {
  let model: DemoModel;

  beforeAll(() => {
    model = cubeFile(system().settings.stateFolder, 20);
  });

  async function confirmed(): Promise<OrderView> {
    const { customer } = system();
    const created = await customer.create(randomUUID(), 1);
    await customer.upload(created, model, randomUUID());
    const priced = await reached(created.orderId, "PRICED");
    return customer.confirm(priced, randomUUID());
  }

  const reached = (orderId: string, status: string): Promise<OrderView> =>
    eventually(async () => {
      const order = await system()
        .customer.get(orderId)
        .catch(() => undefined);
      return order?.status === status ? order : undefined;
    }, `order ${orderId} is ${status}`);

  async function command(
    order: OrderView,
    name: string,
    fields: object,
  ): Promise<{ status: number; reason: string }> {
    const response = await fetch(`${system().gatewayUrl}/api/v1/orders/${order.orderId}/${name}`, {
      method: "POST",
      headers: { authorization: `Bearer ${system().tokens.customer}`, "content-type": "application/json" },
      body: JSON.stringify({ expectedVersion: order.version, ...fields }),
    });
    const body = (await response.json()) as { error?: { reason: string } };
    return { status: response.status, reason: body.error?.reason ?? "" };
  }

  /** Captures minus refunds, by the provider's own ledger. */
  async function net(orderId: string): Promise<number> {
    const url = `http://127.0.0.1:${system().settings.ports.payments}/v1/ledger?reference=${orderId}`;
    const ledger = (await (await fetch(url)).json()) as { captures: number; refunds: number };
    return ledger.captures - ledger.refunds;
  }

  const nets = (orderId: string, wanted: number): Promise<boolean> =>
    eventually(
      async () => ((await net(orderId)) === wanted ? true : undefined),
      `order ${orderId} nets ${wanted}`,
    );

  describe("payments", () => {
    test("a declined card leaves the order confirmed, another card pays it once", async () => {
      const order = await confirmed();
      const declined = await command(order, "pay", { card: cards.declined });
      expect(declined.reason).toBe("CARD_DECLINED");
      const paid = await command(order, "pay", { card: cards.good });
      expect(paid.status).toBe(200);
      await nets(order.orderId, 1);
    });

    test("a provider that captures and then keeps silent still makes one payment", async () => {
      const order = await confirmed();
      await command(order, "pay", { card: cards.timesOut });
      await reached(order.orderId, "PAID");
      await nets(order.orderId, 1);
    }, 120_000);

    test("a paid order that is cancelled is refunded once", async () => {
      const order = await confirmed();
      await command(order, "pay", { card: cards.good });
      const paid = await reached(order.orderId, "PAID");
      const cancelled = await command(paid, "cancel", { reason: "changed my mind" });
      expect(cancelled.status).toBe(200);
      await reached(order.orderId, "CANCELLED");
      await nets(order.orderId, 0);
    });

    test("cancelling while paying ends either paid once or cancelled with nothing kept", async () => {
      for (let round = 0; round < 5; round += 1) {
        const order = await confirmed();
        await Promise.all([
          command(order, "pay", { card: cards.good }),
          command(order, "cancel", { reason: "a race" }),
        ]);
        const end = await eventually(async () => {
          const { status } = await system().customer.get(order.orderId);
          return status === "PAID" || status === "CANCELLED" ? status : undefined;
        }, `order ${order.orderId} is PAID or CANCELLED`);
        await nets(order.orderId, end === "PAID" ? 1 : 0);
      }
    }, 120_000);

    test("cancelling while an operator takes the order leaves one of the two", async () => {
      const { staff } = system();
      const order = await confirmed();
      await command(order, "pay", { card: cards.good });
      const paid = await reached(order.orderId, "PAID");
      const [taken, cancelled] = await Promise.allSettled([
        staff.take(paid, randomUUID()),
        command(paid, "cancel", { reason: "a race" }),
      ]);
      const wasTaken = taken.status === "fulfilled";
      const wasCancelled = cancelled.status === "fulfilled" && cancelled.value.status === 200;
      expect(wasTaken).not.toBe(wasCancelled);
      await reached(order.orderId, wasTaken ? "IN_PRODUCTION" : "CANCELLED");
      await nets(order.orderId, wasTaken ? 1 : 0);
    });
  });
}
