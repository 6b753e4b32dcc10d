import { readFile } from "node:fs/promises";
import { createGatewayFetch } from "./gateway-fetch";
import type { DemoModel } from "./models";

/** What the demo needs to know of an order, as every door tells it. */
export type OrderView = {
  orderId: string;
  version: number;
  status: string;
  owner?: { kind: string; id: string };
};

/** A page of orders, and where the next one begins; empty after the last. */
export type OrderPage = { orders: OrderView[]; nextPageToken: string };

/** What is to be made. */
export type Specification = { material: string; finish: string; quantity: number };

/** A way to act on orders, as one kind of customer has it. */
export type CustomerDoor = {
  /** `customer` or `partner`. */
  role: string;
  create(orderId: string, quantity: number): Promise<OrderView>;
  upload(order: OrderView, model: DemoModel, commandId: string): Promise<OrderView>;
  get(orderId: string): Promise<OrderView>;
  list(pageSize: number, pageToken: string): Promise<OrderPage>;
  reprice(order: OrderView, specification: Specification, commandId: string): Promise<OrderView>;
  cancel(order: OrderView, commandId: string): Promise<OrderView>;
  confirm(order: OrderView, commandId: string): Promise<OrderView>;
  /** `card`: one of the provider's test cards; the one that approves by default. */
  pay(order: OrderView, commandId: string, card?: string): Promise<OrderView>;
  delivered(order: OrderView, commandId: string): Promise<OrderView>;
};

/** A refusal of the gateway, with the service's reason. */
export class DoorError extends Error {
  readonly reason: string;
  readonly httpStatus: number;

  constructor(httpStatus: number, reason: string, message: string) {
    super(message);
    this.httpStatus = httpStatus;
    this.reason = reason;
  }
}

type Headers = Record<string, string>;
type OrderJson = {
  orderId: string;
  version?: number;
  status?: string;
  owner?: { kind?: string; id?: string };
};
type Answer = { order?: OrderJson };

/** Everything a step may take, in milliseconds; a process that is being restarted is waited for by trying again. */
const defaultRequestMs = 20_000;

/** The gateway's HTTP API, with the credentials of a customer (a token) or a partner (an API key). `gatewayUrl` may name several, separated by commas. */
export function createCustomerDoor(
  role: string,
  gatewayUrl: string,
  credentials: Headers,
  { requestMs = defaultRequestMs }: { requestMs?: number } = {},
): CustomerDoor {
  const call = createGatewayFetch(gatewayUrl);
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const json = body !== undefined && !(body instanceof Buffer);
    const response = await call(path, {
      method,
      headers: {
        ...credentials,
        ...(body !== undefined && { "content-type": json ? "application/json" : "application/octet-stream" }),
      },
      ...(body !== undefined && { body: json ? JSON.stringify(body) : new Uint8Array(body as Buffer) }),
      signal: AbortSignal.timeout(requestMs),
    });
    return answerOf(response);
  };
  const send = async (method: string, path: string, body?: unknown): Promise<OrderView> =>
    orderOf(await ask(method, path, body));
  const command =
    (name: string) =>
    (order: OrderView, commandId: string, fields: object = {}) =>
      send("POST", `/api/v1/orders/${order.orderId}/${name}`, {
        expectedVersion: order.version,
        commandId,
        ...fields,
      });
  return {
    role,
    create: (orderId, quantity) =>
      send("POST", "/api/v1/orders", {
        orderId,
        specification: { material: "PLA", finish: "RAW", quantity },
      }),
    upload: async (order, model, commandId) => {
      const query = new URLSearchParams({
        format: model.format,
        unit: "millimeter",
        fileName: model.fileName,
        expectedVersion: String(order.version),
        commandId,
      });
      return send("PUT", `/api/v1/orders/${order.orderId}/model?${query}`, await readFile(model.path));
    },
    get: (orderId) => send("GET", `/api/v1/orders/${orderId}`),
    list: async (pageSize, pageToken) => {
      const query = new URLSearchParams({ pageSize: String(pageSize), pageToken });
      const page = (await ask("GET", `/api/v1/orders?${query}`)) as {
        orders?: OrderJson[];
        nextPageToken?: string;
      };
      return { orders: (page.orders ?? []).map(viewOf), nextPageToken: page.nextPageToken ?? "" };
    },
    confirm: command("confirm"),
    reprice: (order, specification, commandId) => command("reprice")(order, commandId, { specification }),
    cancel: command("cancel"),
    pay: (order, commandId, card = "4242424242424242") => command("pay")(order, commandId, { card }),
    delivered: command("delivered"),
  };
}

/** A token for a seeded account. */
export async function signIn(gatewayUrl: string, email: string, password: string): Promise<string> {
  const response = await createGatewayFetch(gatewayUrl)("/api/v1/sign-in", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password }),
    signal: AbortSignal.timeout(defaultRequestMs),
  });
  return ((await answerOf(response)) as { accessToken: string }).accessToken;
}

async function answerOf(response: Response): Promise<unknown> {
  const answer = (await response.json().catch(() => ({}))) as {
    error?: { reason?: string; message?: string };
  };
  if (response.ok) return answer;
  const { reason = "", message = response.statusText } = answer.error ?? {};
  throw new DoorError(response.status, reason, message);
}

function orderOf(answer: unknown): OrderView {
  const { order } = answer as Answer;
  if (order === undefined) throw new Error("The gateway's answer holds no order.");
  return viewOf(order);
}

function viewOf({ orderId, version = 0, status = "", owner }: OrderJson): OrderView {
  return {
    orderId,
    version,
    status: status.replace("ORDER_STATUS_", ""),
    ...(owner?.id !== undefined && {
      owner: { kind: (owner.kind ?? "").replace("OWNER_KIND_", ""), id: owner.id },
    }),
  };
}
