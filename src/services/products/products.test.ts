import { createTestHost, testDatabase, type TestDatabase, type TestHost } from "../../platform/testing";
import { loadProductsConfig } from "./config";
import { assortment, assortmentSize, referenceSkus } from "./domain/assortment";
import { startProducts } from "./products";
import { productsMigrations } from "./store/migrations";

let database: TestDatabase | undefined;
let host: TestHost;
let base: string;

beforeAll(async () => {
  database = await testDatabase(productsMigrations);
});
afterAll(() => database?.drop());
beforeEach(async () => {
  host = createTestHost("products");
  const config = loadProductsConfig({ DATABASE_URL: database?.url, HTTP_PORT: "0" });
  base = `http://127.0.0.1:${(await startProducts(host, config)).port}`;
});
afterEach(() => host.close());

type Products = {
  products: { sku: string; priceMinor: number; stock: number }[];
  missingSkus?: string[];
  nextAfter?: string;
};

const get = async (path: string) => {
  const response = await fetch(`${base}${path}`);
  return { status: response.status, body: (await response.json()) as Products };
};

test("the assortment is the same every time: more than 5,000 products with different SKUs and names, the reference SKUs among them", () => {
  const products = assortment();
  expect(products).toEqual(assortment());
  expect(products.length).toBeGreaterThanOrEqual(5_000);
  expect(new Set(products.map((product) => product.sku)).size).toBe(products.length);
  expect(new Set(products.map((product) => product.name)).size).toBe(products.length);
  expect(products.slice(0, 3).map((product) => product.sku)).toEqual([...referenceSkus]);
  expect(products.every((product) => product.priceMinor > 0 && product.stock >= 0)).toBe(true);
});

test("products come in the order they were asked for, each once, and unknown ones are listed as missing", async () => {
  const { status, body } = await get("/v1/products?skus=562553736,201057139,1,201057139,201058638,0001");
  expect(status).toBe(200);
  expect(body.products.map((product) => product.sku)).toEqual(["562553736", "201057139", "201058638"]);
  expect(body.missingSkus).toEqual(["1", "0001"]);
});

test.each([
  ["skus=", "query.skus"],
  ["skus=abc", "query.skus"],
  [`skus=${Array.from({ length: 101 }, (_, i) => i).join(",")}`, "query.skus"],
  ["after=x", "query.after"],
  ["limit=0", "query.limit"],
  ["limit=1001", "query.limit"],
])("a query with %s is refused by name", async (query, field) => {
  const { status, body } = await get(`/v1/products?${query}`);
  expect(status).toBe(400);
  expect(JSON.stringify(body)).toContain(`"field":"${field}"`);
});

test("a hundred SKUs at a time are answered", async () => {
  const skus = assortment(100).map((product) => product.sku);
  expect((await get(`/v1/products?skus=${skus.join(",")}`)).body.products).toHaveLength(100);
});

test("pages follow one another to the end without a gap or a repeat", async () => {
  const seen: string[] = [];
  for (let after: string | undefined = ""; after !== undefined;) {
    const { body }: { body: Products } = await get(
      `/v1/products?limit=1000${after ? `&after=${after}` : ""}`,
    );
    seen.push(...body.products.map((product) => product.sku));
    after = body.nextAfter;
  }
  expect(seen).toEqual(
    assortment()
      .map((product) => product.sku)
      .sort(),
  );
});

test("one product is found by its SKU; an unknown one is 404", async () => {
  expect(await get("/v1/products/201057139")).toMatchObject({
    status: 200,
    body: { sku: "201057139", currency: "EUR" },
  });
  expect(await get("/v1/products/7")).toMatchObject({
    status: 404,
    body: { error: { reason: "UNKNOWN_SKU" } },
  });
});

test("a start sows once: what changed since stays as it is", async () => {
  const admin = createTestHost("admin");
  const db = await (database as TestDatabase).open(admin);
  await db.execute("UPDATE product SET stock = 77 WHERE sku = '201057139'");
  await db.execute("DELETE FROM product WHERE sku = '201058638'");
  const again = createTestHost("products");
  await startProducts(again, loadProductsConfig({ DATABASE_URL: database?.url, HTTP_PORT: "0" }));
  await again.close();
  expect((await get("/v1/products/201057139")).body).toMatchObject({ stock: 77 });
  expect(await db.one("SELECT count(*) FROM product")).toEqual({ count: assortmentSize - 1 });
  await admin.close();
});
