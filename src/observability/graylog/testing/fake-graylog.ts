import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import {
  createStreamRequest,
  indexSetSummary,
  indexSetUpdateRequest,
  inputCreateRequest,
  searchRequest,
  streamRuleRequest,
  updateStreamRequest,
  viewRequest,
} from "./bodies";
import { checkView } from "./check-view";

export type Thing = { id: string } & Record<string, unknown>;

/** Graylog's REST API as far as the provisioner uses it: a real server that keeps what it is told and refuses what Graylog 6.3 refuses. */
export type FakeGraylog = {
  url: string;
  state: {
    inputs: Thing[];
    /** By the input's id. */
    inputStates: Map<string, string>;
    indexSets: Thing[];
    streams: (Thing & { rules: Thing[] })[];
    searches: Thing[];
    views: Thing[];
  };
  /** What changed something, in order: `POST /streams`. */
  readonly writes: string[];
  /** Answers so many requests with 503 first, as a Graylog that starts does. */
  startSlowly(requests: number): void;
  close(): Promise<void>;
};

type Call = { body: unknown; id: string; rest: string | undefined };
type Answer = { status: number; body?: unknown };

class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export async function startFakeGraylog(password = "admin"): Promise<FakeGraylog> {
  const state: FakeGraylog["state"] = {
    inputs: [],
    inputStates: new Map(),
    indexSets: [
      { id: newId(), title: "Default index set", index_prefix: "graylog", writable: true, default: true },
    ],
    streams: [{ id: newId(), title: "Default Stream", disabled: false, is_default: true, rules: [] }],
    searches: [],
    views: [],
  };
  const writes: string[] = [];
  let starting = 0;
  const routes = routesOf(state);
  const expected = `Basic ${Buffer.from(`admin:${password}`).toString("base64")}`;

  async function answer(request: IncomingMessage): Promise<Answer> {
    const { pathname } = new URL(request.url ?? "/", "http://graylog");
    const method = request.method ?? "GET";
    if (starting > 0 && starting--) throw new Refusal(503, "starting");
    if (request.headers.authorization !== expected) throw new Refusal(401, "Unauthorized");
    if (method !== "GET" && !request.headers["x-requested-by"]) {
      throw new Refusal(400, "CSRF protection header is missing.");
    }
    for (const [pattern, handle] of routes) {
      const match = new RegExp(`^${pattern}$`).exec(`${method} ${pathname.replace(/^\/api/, "")}`);
      if (!match) continue;
      const text = await textOf(request);
      const result = handle({
        body: text === "" ? undefined : JSON.parse(text),
        id: match[1] ?? "",
        rest: match[2],
      });
      if (method !== "GET") writes.push(match[0]);
      return result;
    }
    throw new Refusal(404, `no such resource: ${method} ${pathname}`);
  }

  const server = createServer((request, response) => {
    void answer(request)
      .catch((error: unknown) => ({
        status: error instanceof Refusal ? error.status : error instanceof z.ZodError ? 400 : 500,
        body: { type: "ApiError", message: (error as Error).message },
      }))
      .then(({ status, body }: Answer) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(body === undefined ? "" : JSON.stringify(body));
      });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    state,
    writes,
    startSlowly: (requests) => void (starting = requests),
    close: () => closeServer(server),
  };
}

function routesOf(state: FakeGraylog["state"]): [string, (call: Call) => Answer][] {
  const ok = (body?: unknown): Answer => ({ status: body === undefined ? 204 : 200, body });
  const find = <T extends Thing>(list: T[], id: string): T => {
    const found = list.find((thing) => thing.id === id);
    if (!found) throw new Refusal(404, `${id} does not exist`);
    return found;
  };
  const indexSetOf = (id: unknown): void => {
    if (!state.indexSets.some((set) => set.id === id))
      throw new Refusal(400, `Index set ${String(id)} does not exist!`);
  };
  return [
    ["GET /system/inputs", () => ok({ inputs: state.inputs, total: state.inputs.length })],
    [
      "POST /system/inputs",
      ({ body }) => {
        const { configuration, ...rest } = inputCreateRequest.parse(body);
        const id = newId();
        state.inputs.push({
          id,
          ...rest,
          attributes: configuration,
          static_fields: {},
          creator_user_id: "admin",
        });
        state.inputStates.set(id, "RUNNING");
        return { status: 201, body: { id } };
      },
    ],
    [
      "PUT /system/inputs/(\\w+)",
      ({ id, body }) => {
        const { configuration, ...rest } = inputCreateRequest.parse(body);
        Object.assign(find(state.inputs, id), rest, { attributes: configuration });
        return { status: 201, body: { id } };
      },
    ],
    [
      "GET /cluster/inputstates",
      () =>
        ok({ "node-1": [...state.inputStates].map(([id, at]) => ({ id, state: at, started_at: now() })) }),
    ],
    [
      "PUT /cluster/inputstates/(\\w+)",
      ({ id }) => {
        find(state.inputs, id);
        state.inputStates.set(id, "RUNNING");
        return ok({ "node-1": { id } });
      },
    ],
    [
      "GET /system/indices/index_sets",
      () => ok({ total: state.indexSets.length, index_sets: state.indexSets, stats: {} }),
    ],
    [
      "POST /system/indices/index_sets",
      ({ body }) => {
        const made = indexSetSummary.parse(body);
        const rival = state.indexSets.find(
          ({ index_prefix: prefix }) =>
            made.index_prefix.startsWith(String(prefix)) || String(prefix).startsWith(made.index_prefix),
        );
        if (rival) throw new Refusal(400, `Index prefix '${made.index_prefix}' would conflict`);
        const stored = { ...made, id: newId(), default: false, can_be_default: true };
        state.indexSets.push(stored);
        return ok(stored);
      },
    ],
    [
      "PUT /system/indices/index_sets/(\\w+)",
      ({ id, body }) => ok(Object.assign(find(state.indexSets, id), indexSetUpdateRequest.parse(body))),
    ],
    ["GET /streams", () => ok({ total: state.streams.length, streams: state.streams })],
    [
      "POST /streams",
      ({ body }) => {
        const { rules, ...rest } = createStreamRequest.parse(body);
        indexSetOf(rest.index_set_id);
        const id = newId();
        const withIds = (rules ?? []).map((rule) => ({ ...rule, id: newId(), stream_id: id }));
        state.streams.push({
          ...rest,
          id,
          disabled: true,
          outputs: [],
          is_default: false,
          rules: withIds.reverse(),
        });
        return { status: 201, body: { stream_id: id } };
      },
    ],
    [
      "PUT /streams/(\\w+)",
      ({ id, body }) => {
        const wanted = updateStreamRequest.parse(body);
        indexSetOf(wanted.index_set_id);
        return ok(Object.assign(find(state.streams, id), wanted));
      },
    ],
    [
      "POST /streams/(\\w+)/(resume|pause)",
      ({ id, rest }) => {
        find(state.streams, id).disabled = rest === "pause";
        return ok();
      },
    ],
    [
      "POST /streams/(\\w+)/rules",
      ({ id, body }) => {
        const rule = { ...streamRuleRequest.parse(body), id: newId(), stream_id: id };
        find(state.streams, id).rules.push(rule);
        return { status: 201, body: { streamrule_id: rule.id } };
      },
    ],
    [
      "DELETE /streams/(\\w+)/rules/(\\w+)",
      ({ id, rest }) => {
        const stream = find(state.streams, id);
        const rule = find(stream.rules, rest ?? "");
        stream.rules.splice(stream.rules.indexOf(rule), 1);
        return ok();
      },
    ],
    ["GET /views/search/(\\w+)", ({ id }) => ok(find(state.searches, id))],
    [
      "POST /views/search",
      ({ body }) => {
        const search = searchRequest.parse(body);
        const stored = { ...search, id: search.id ?? newId(), owner: "admin", created_at: now() };
        state.searches = [...state.searches.filter(({ id }) => id !== stored.id), stored];
        return { status: 201, body: stored };
      },
    ],
    ["GET /views/(\\w+)", ({ id }) => ok(find(state.views, id))],
    [
      "POST /views",
      ({ body }) => {
        const view = viewRequest.parse(body);
        checkView(view, state.searches, refuse);
        if (state.views.some(({ id }) => id === view.id)) throw new Refusal(500, "it already exists");
        const stored = {
          ...shuffled(view),
          id: view.id ?? newId(),
          owner: "admin",
          created_at: now(),
          favorite: false,
        };
        state.views.push(stored);
        return ok(stored);
      },
    ],
    [
      "PUT /views/(\\w+)",
      ({ id, body }) => {
        const view = viewRequest.parse(body);
        checkView(view, state.searches, refuse);
        return ok(Object.assign(find(state.views, id), shuffled(view)));
      },
    ],
  ];
}

function refuse(message: string): never {
  throw new Refusal(400, message);
}

/** Graylog keeps a view's widgets in a set. */
function shuffled(view: z.infer<typeof viewRequest>): z.infer<typeof viewRequest> {
  const state = Object.entries(view.state).map(([id, tab]) => [
    id,
    { ...tab, widgets: [...tab.widgets].reverse() },
  ]);
  return { ...view, state: Object.fromEntries(state) as typeof view.state };
}

let ids = 0;
function newId(): string {
  return (++ids).toString(16).padStart(24, "6");
}

function now(): string {
  return new Date().toISOString();
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
