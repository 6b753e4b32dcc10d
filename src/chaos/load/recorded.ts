import type { Call, ClientRecorder, ServiceName, Sighting } from "../../checker";
import type { CustomerDoor, OrderPage, OrderView, Specification } from "../../tools/demo/customer-door";
import type { DemoModel } from "../../tools/demo/models";
import type { StaffDoor } from "../../tools/demo/staff-door";

const one = (view: OrderView): Sighting[] => [view];
const many = (views: OrderView[]): Sighting[] => views;

function move(
  name: string,
  { orderId, version: expectedVersion }: OrderView,
  commandId: string,
  store?: ServiceName,
): Call {
  return { kind: "move", name, orderId, expectedVersion, commandId, ...(store && { store }) };
}

/** A buyer's calls, each written down. `store` is whose rows answer: Shop passes on what CRM holds. */
export function recordedBuyer(client: ClientRecorder, door: () => CustomerDoor, ownerId: string) {
  return {
    create: (orderId: string, quantity: number) =>
      client.record(
        { kind: "create", name: "create", store: "mes", orderId },
        () => door().create(orderId, quantity),
        one,
      ),
    upload: (order: OrderView, model: DemoModel, id: string) =>
      client.record(move("upload", order, id, "mes"), () => door().upload(order, model, id), one),
    get: (orderId: string) =>
      client.record({ kind: "read", name: "get", store: "shop", orderId }, () => door().get(orderId), one),
    confirm: (order: OrderView, id: string) =>
      client.record(move("confirm", order, id, "crm"), () => door().confirm(order, id), one),
    reprice: (order: OrderView, specification: Specification, id: string) =>
      client.record(move("reprice", order, id, "crm"), () => door().reprice(order, specification, id), one),
    pay: (order: OrderView, id: string, card: string) =>
      client.record(move("pay", order, id, "shop"), () => door().pay(order, id, card), one),
    cancel: (order: OrderView, id: string) =>
      client.record(move("cancel", order, id), () => door().cancel(order, id), one),
    delivered: (order: OrderView, id: string) =>
      client.record(move("delivered", order, id, "crm"), () => door().delivered(order, id), one),
    /** All pages of their list. */
    walk: () =>
      client.record(
        { kind: "list", name: "walk", store: "shop", filter: { statuses: [], ownerId } },
        () => allPages((token) => door().list(100, token)),
        many,
      ),
  };
}

export type RecordedBuyer = ReturnType<typeof recordedBuyer>;

type StaffMove = "take" | "finish" | "pack" | "ship" | "giveBack" | "reject";

/** The staff's calls, each written down. */
export function recordedStaff(client: ClientRecorder, staff: StaffDoor) {
  return {
    move: (name: StaffMove, order: OrderView, id: string) =>
      client.record(move(name, order, id, "mes"), () => staff[name](order, id), one),
    delivered: (order: OrderView, id: string) =>
      client.record(move("delivered", order, id, "crm"), () => staff.delivered(order, id), one),
    cancel: (order: OrderView, id: string) =>
      client.record(move("cancel", order, id, "crm"), () => staff.cancel(order, id), one),
    note: (orderId: string, noteId: string, text: string) =>
      client.record({ kind: "note", name: "note", store: "crm", orderId, commandId: noteId }, () =>
        staff.addNote(orderId, noteId, text),
      ),
    inCrm: (orderId: string) =>
      client.record({ kind: "read", name: "get", store: "crm", orderId }, () => staff.inCrm(orderId), one),
    inMes: (orderId: string) =>
      client.record({ kind: "read", name: "get", store: "mes", orderId }, () => staff.inMes(orderId), one),
    /** A single page: what it leaves out says nothing. */
    pageOfCrm: (statuses: readonly string[]) =>
      client.record(
        { kind: "list", name: "page", store: "crm" },
        async () => (await staff.listInCrm(statuses, "", "")).orders,
        many,
      ),
    pageOfMes: (statuses: readonly string[]) =>
      client.record(
        { kind: "list", name: "page", store: "mes" },
        async () => (await staff.listInMes(statuses, "")).orders,
        many,
      ),
    walkCrm: (statuses: readonly string[], ownerId = "") =>
      client.record(
        {
          kind: "list",
          name: "walk",
          store: "crm",
          filter: { statuses, ...(ownerId !== "" && { ownerId }) },
        },
        () => allPages((token) => staff.listInCrm(statuses, ownerId, token)),
        many,
      ),
    walkMes: (statuses: readonly string[]) =>
      client.record(
        { kind: "list", name: "walk", store: "mes", filter: { statuses } },
        () => allPages((token) => staff.listInMes(statuses, token)),
        many,
      ),
  };
}

async function allPages(page: (token: string) => Promise<OrderPage>): Promise<OrderView[]> {
  const found: OrderView[] = [];
  for (let token = ""; ;) {
    const { orders, nextPageToken } = await page(token);
    found.push(...orders);
    if (nextPageToken === "") return found;
    token = nextPageToken;
  }
}
