import type { Baton } from "../../../baton";
import type { CreateOrderRequest, MesServiceDefinition } from "../../../gen/alexandrite/mes/v1/mes";
import { Order, OrderStatus, type Specification } from "../../../gen/alexandrite/order/v1/order";
import { planted } from "../../../platform/config";
import { AppError } from "../../../platform/errors";
import type { CallContext, Handlers } from "../../../platform/grpc";
import type { Database } from "../../../platform/postgres";
import { annotate } from "../../../platform/telemetry";
import type { PricingAdmission } from "../admission";
import { errors } from "../domain/errors";
import { mustBeOffered } from "../domain/specification";
import { isOwner, ownerOf } from "./visibility";
import { readPriceBook } from "../store/price-book";

type Deps = { baton: Baton; db: Database; admission: PricingAdmission };

/** Version 1 of an order. The caller chooses the id, so a repeat finds what the first call made. */
export function createOrder({
  baton,
  db,
  admission,
}: Deps): Handlers<typeof MesServiceDefinition>["createOrder"] {
  return async (request, { principal }) => {
    annotate({ order_id: request.orderId });
    admission.mustTakeOrder(principal);
    const { specification } = request;
    if (!specification) throw new Error("The validated request has no specification.");
    const known = await baton.get(request.orderId);
    if (known) return { order: sameOrder(known, specification, principal) };
    mustBeOffered(specification, await readPriceBook(db));
    const order = firstVersion(request, specification, principal);
    const actor = { role: principal.role, id: principal.id };
    try {
      const made = db.transaction((tx) => baton.create(tx, order, { actor }));
      if (planted("answer-before-commit")) {
        made.catch(() => undefined);
        return { order };
      }
      return { order: await made };
    } catch (error) {
      if (!(error instanceof AppError) || error.reason !== "ORDER_EXISTS") throw error;
      // Two calls with one id at once: the other one has made it.
      const made = await baton.get(request.orderId);
      if (!made) throw error;
      return { order: sameOrder(made, specification, principal) };
    }
  };
}

function firstVersion(
  { orderId }: CreateOrderRequest,
  specification: Specification,
  principal: CallContext["principal"],
): Order {
  return Order.fromPartial({
    orderId,
    version: 1,
    status: OrderStatus.ORDER_STATUS_CREATED,
    owner: ownerOf(principal),
    specification,
  });
}

/** The order as it stands, when it is the one that was asked for; whoever owns it, nothing of another order is told. */
function sameOrder(order: Order, wanted: Specification, principal: CallContext["principal"]): Order {
  const { specification } = order;
  const same =
    isOwner(order, principal) &&
    specification?.material === wanted.material &&
    specification.finish === wanted.finish &&
    specification.quantity === wanted.quantity;
  if (!same) throw errors.orderExists({ orderId: order.orderId });
  return order;
}
