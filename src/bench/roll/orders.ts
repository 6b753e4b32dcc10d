import type { CustomerDoor } from "../../tools/demo/customer-door";
import { Latencies } from "../../tools/demo/latency";
import { sampleModels } from "../../tools/demo/models";
import { runOrder } from "../../tools/demo/one-order";
import type { StaffDoor } from "../../tools/demo/staff-door";
import type { People } from "./people";
import type { Tally } from "./tally";

/** What says that nobody answered, as opposed to that the order is not there yet. */
const outages = new Set(["unavailable", "deadline_exceeded", "internal", "unknown", "cancelled"]);

/** Takes an order to DELIVERED through the gateways and the staff's doors; gives its id. */
export async function deliver({ customer, staff }: People, root: string, number: number): Promise<string> {
  const models = sampleModels(root);
  const model = models[number % models.length]!;
  const plan = { customer, staff, model, quantity: 1, sellerDelivers: number % 2 === 0 };
  return (await runOrder(plan, new Latencies())).orderId;
}

/**
 * The doors with every single step counted: who runs an order tries a failed step again, which would hide it. Waiting for an order to come by is no failure, so only
 * refusals that say that nobody was there are.
 */
export function countedPeople(people: People, tally: Tally): People {
  return {
    ...people,
    customer: counted<CustomerDoor>("gateway", people.customer, tally),
    staff: counted<StaffDoor>("staff", people.staff, tally),
  };
}

function counted<D extends object>(name: string, door: D, tally: Tally): D {
  const steps = Object.entries(door).map(([step, act]) => {
    if (typeof act !== "function") return [step, act];
    const run = act as (...given: unknown[]) => Promise<unknown>;
    return [
      step,
      async (...given: unknown[]): Promise<unknown> => {
        let refused: unknown;
        let answer: unknown;
        await tally.count(`${name}.${step}`, async () => {
          try {
            answer = await run(...given);
          } catch (error) {
            refused = error;
            if (isOutage(error)) throw error;
          }
        });
        if (refused !== undefined) throw refused;
        return answer;
      },
    ];
  });
  return Object.fromEntries(steps) as D;
}

function isOutage(error: unknown): boolean {
  const { httpStatus, category } = error as { httpStatus?: number; category?: string };
  if (httpStatus !== undefined) return httpStatus >= 500;
  return category === undefined || outages.has(category);
}
