import { randomUUID } from "node:crypto";
import { ModelFormat } from "../../gen/alexandrite/order/v1/order";
import { seeds } from "../../tools/seeds";

/**
 * Whose objects a method shows and moves; who may call it at all is in its proto.
 * - none: it names no object.
 * - owned: customers and partners reach their own orders, and a foreign one answers like a missing one; whoever else may call reaches every order.
 * - new: it names an object that is to be made; a foreign one of that name is refused without a word about it.
 * - list: customers and partners get their own orders only, whoever else may call gets everybody's.
 * - stored: for services, which see every order; a missing one is an empty answer.
 * - unmade: it names an object of another kind than orders, which nobody has made here.
 */
export type ObjectKind = "none" | "unmade" | "owned" | "new" | "list" | "stored";

export type ObjectRule = {
  kind: ObjectKind;
  /** A request, or the messages of a stream of requests. `expectedVersion` is one that has passed, so that no command moves anything. */
  request(orderId: string): object | readonly object[];
  /** An order that is missing is waited for up to the deadline, because its event may be on its way; so is a foreign one. */
  waits?: true;
};

const specification = { material: "PLA", finish: "RAW", quantity: 1 };
const command = (orderId: string) => ({ orderId, expectedVersion: 1, commandId: "" });
const page = { statuses: [], updatedSince: undefined, pageSize: 100, pageToken: "" };
const none = (request: object | readonly object[]): ObjectRule => ({ kind: "none", request: () => request });
const owned = (more: object = {}): ObjectRule => ({
  kind: "owned",
  request: (orderId) => ({ ...command(orderId), ...more }),
});
const waiting = (more: object = {}): ObjectRule => ({ ...owned(more), waits: true });

const header = {
  format: ModelFormat.MODEL_FORMAT_STL,
  unit: "LENGTH_UNIT_UNSPECIFIED",
  fileName: "cube.stl",
  sizeBytes: 0n,
  sha256: "",
};

/** Every method by its name. One that is not here fails the matrix: say whose objects it shows before it is served. */
export const objectRules: Readonly<Record<string, ObjectRule>> = {
  "alexandrite.shop.v1.ShopService/SignIn": none({ email: seeds.customers[0], password: seeds.password }),
  "alexandrite.shop.v1.ShopService/GetJwks": none({}),
  "alexandrite.shop.v1.ShopService/ListProducts": none({ skus: ["201057139"] }),
  "alexandrite.shop.v1.ShopService/BrowseCatalogue": none({ query: "", pageSize: 1, pageToken: "" }),
  "alexandrite.shop.v1.ShopService/GetOrder": owned(),
  "alexandrite.shop.v1.ShopService/ListOrders": { kind: "list", request: () => page },
  "alexandrite.shop.v1.ShopService/WatchOrder": waiting({ afterVersion: 0 }),
  "alexandrite.shop.v1.ShopService/ConfirmOrder": waiting(),
  "alexandrite.shop.v1.ShopService/RepriceOrder": waiting({ specification }),
  "alexandrite.shop.v1.ShopService/PayOrder": waiting({ card: "4242424242424242" }),
  "alexandrite.shop.v1.ShopService/CancelOrder": owned({ reason: "" }),
  "alexandrite.shop.v1.ShopService/ConfirmDelivery": waiting(),

  "alexandrite.crm.v1.CrmService/GetOrder": owned(),
  "alexandrite.crm.v1.CrmService/ListOrders": { kind: "list", request: () => ({ ...page, ownerId: "" }) },
  "alexandrite.crm.v1.CrmService/AddNote": {
    kind: "owned",
    request: (orderId) => ({ orderId, noteId: randomUUID(), text: "of the matrix" }),
  },
  "alexandrite.crm.v1.CrmService/ConfirmOrder": waiting(),
  "alexandrite.crm.v1.CrmService/RepriceOrder": waiting({ specification }),
  "alexandrite.crm.v1.CrmService/CancelOrder": waiting({ reason: "" }),
  "alexandrite.crm.v1.CrmService/ConfirmDelivery": waiting(),

  "alexandrite.mes.v1.MesService/GetPriceBook": none({}),
  "alexandrite.mes.v1.MesService/CreateOrder": {
    kind: "new",
    request: (orderId) => ({ orderId, specification }),
  },
  "alexandrite.mes.v1.MesService/UploadModel": {
    kind: "owned",
    request: (orderId) => [
      { part: { $case: "header", value: { ...command(orderId), ...header } } },
      { part: { $case: "chunk", value: Buffer.from("solid none") } },
    ],
  },
  "alexandrite.mes.v1.MesService/GetOrder": owned(),
  "alexandrite.mes.v1.MesService/WatchCalculation": owned(),
  "alexandrite.mes.v1.MesService/CancelOrder": owned({ reason: "" }),
  // Refused for its address, so that nothing is made.
  "alexandrite.mes.v1.MesService/CreateWebhook": none({ webhookId: randomUUID(), url: "http://127.0.0.1/" }),
  "alexandrite.mes.v1.MesService/ListWebhooks": none({}),
  "alexandrite.mes.v1.MesService/DeleteWebhook": {
    kind: "unmade",
    request: (webhookId) => ({ webhookId }),
  },
  "alexandrite.mes.v1.MesService/ListWebhookDeliveries": {
    kind: "unmade",
    request: (webhookId) => ({
      webhookId,
      state: "WEBHOOK_DELIVERY_STATE_UNSPECIFIED",
      pageSize: 1,
      pageToken: "",
    }),
  },
  "alexandrite.mes.v1.MesService/ResendWebhookDelivery": {
    kind: "unmade",
    request: (deliveryId) => ({ deliveryId }),
  },
  "alexandrite.mes.v1.MesService/VerifyApiKey": none({ apiKey: seeds.partnerApiKey }),

  "alexandrite.mes.v1.MesOperatorService/ListQueue": {
    kind: "list",
    request: () => ({ ...page, material: "", mine: false }),
  },
  "alexandrite.mes.v1.MesOperatorService/GetProductionOrder": owned(),
  "alexandrite.mes.v1.MesOperatorService/TakeOrder": owned(),
  "alexandrite.mes.v1.MesOperatorService/GiveBackOrder": owned(),
  "alexandrite.mes.v1.MesOperatorService/FinishOrder": owned(),
  "alexandrite.mes.v1.MesOperatorService/PackOrder": owned(),
  "alexandrite.mes.v1.MesOperatorService/ShipOrder": owned({ trackingNumber: "none" }),
  "alexandrite.mes.v1.MesOperatorService/RejectOrder": owned({ reason: "none" }),

  "alexandrite.mes.v1.MesWorkerService/Work": none([
    { workerId: "matrix", message: { $case: "ready", value: { freeSlots: 0, slots: 0 } } },
  ]),

  "alexandrite.events.v1.OrderEventsService/GetOrderEvents": {
    kind: "stored",
    request: (orderId) => ({ orderId, afterVersion: 0, limit: 0 }),
  },
  "alexandrite.events.v1.OrderEventsService/GetOrderVersions": {
    kind: "stored",
    request: (orderId) => ({ orderIds: [orderId] }),
  },
  "alexandrite.events.v1.OrderEventsService/ListOrderVersions": none({
    createdSince: undefined,
    pageSize: 1,
    pageToken: "",
  }),
};
