import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { runInScope } from "../../../platform/telemetry";
import { createTestHost, type TestHost } from "../../../platform/testing";
import { openProductApi, type ProductApi } from "./product-api";

let host: TestHost;
let server: Server;
let api: ProductApi;
let requests: { url: string; response: ServerResponse }[];
let answer: (response: ServerResponse, url: URL) => void;

const product = (sku: string, stock = 3) => ({
  sku,
  name: `Product ${sku}`,
  description: "",
  priceMinor: 990,
  currency: "EUR",
  stock,
});

beforeEach(async () => {
  host = createTestHost("shop");
  requests = [];
  answer = (response, url) => {
    const skus = url.searchParams.get("skus")?.split(",") ?? [];
    response.end(
      JSON.stringify({ products: skus.filter((sku) => sku !== "404").map((sku) => product(sku)) }),
    );
  };
  server = createServer((request, response) => {
    requests.push({ url: request.url ?? "", response });
    answer(response, new URL(request.url ?? "", "http://x"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  api = openProductApi(host, { baseUrl: `http://127.0.0.1:${port}`, timeoutMs: 300 });
  await host.own(api);
});
afterEach(async () => {
  await host.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test("offers come by SKU, unknown ones are left out", async () => {
  const offers = await api.offers(["1", "404", "2"]);
  expect([...offers]).toEqual([
    ["1", { priceMinor: 990, currency: "EUR", stock: 3 }],
    ["2", { priceMinor: 990, currency: "EUR", stock: 3 }],
  ]);
});

test("calls for the same SKUs at the same time share one request; later ones ask anew", async () => {
  await Promise.all([api.offers(["1", "2"]), api.offers(["2", "1"]), api.offers(["1", "2", "2"])]);
  expect(requests).toHaveLength(1);
  await api.offers(["1", "2"]);
  expect(requests).toHaveLength(2);
});

test("nothing asked, nothing sent", async () => {
  expect((await api.offers([])).size).toBe(0);
  expect(requests).toHaveLength(0);
});

test("a caller who leaves takes nobody along that shares its request", async () => {
  let answers = 0;
  const respond = answer;
  answer = (response, url) =>
    void (answers++ === 0 ? setTimeout(() => respond(response, url), 150) : respond(response, url));
  const abort = new AbortController();
  const leaver = runInScope({ signal: abort.signal, fields: {} }, () => api.offers(["1"]));
  const stayer = api.offers(["1"]);
  setTimeout(() => abort.abort(), 30);
  await expect(leaver).rejects.toMatchObject({ category: "cancelled" });
  expect((await stayer).get("1")).toMatchObject({ stock: 3 });
});

test("a product API that is silent is a timeout, one that is down is unavailable, one that talks nonsense is a bug", async () => {
  answer = () => undefined;
  await expect(api.offers(["1"])).rejects.toMatchObject({ category: "deadline_exceeded" });
  answer = (response) => void response.writeHead(503).end();
  await expect(api.offers(["2"])).rejects.toMatchObject({ category: "unavailable" });
  answer = (response) => void response.end('{"products":[{"sku":1}]}');
  await expect(api.offers(["3"])).rejects.toMatchObject({ reason: "BAD_ANSWER" });
});
