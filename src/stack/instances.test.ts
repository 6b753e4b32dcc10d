import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addressesOf, keepInstances, parseInstance } from "./instances";
import { serviceSpecs } from "./services";
import { loadSettings, type Settings } from "./settings";

let stateFolder: string;
beforeEach(() => (stateFolder = mkdtempSync(join(tmpdir(), "alexandrite-instances-"))));
afterEach(() => rmSync(stateFolder, { recursive: true, force: true }));

const load = (env: NodeJS.ProcessEnv): Settings =>
  loadSettings({ ALEXANDRITE_STATE: stateFolder, ...env }, "/checkout");

test("each instance has ports of its own, and no two of the whole system are the same", () => {
  const everything = {
    GATEWAY: "9",
    SHOP: "9",
    CRM: "9",
    MES: "9",
    OPERATOR: "9",
    WORKER: "9",
    PRICING: "9",
  };
  const settings = load(everything);
  const taken = serviceSpecs(settings).flatMap(({ ports }) => ports);
  const others = [
    settings.ports.kafka,
    settings.ports.s3,
    settings.ports.otlp,
    settings.ports.kafkaController,
  ];
  // Those of what runs beside the services in containers.
  const outside = [3000, 4317, 7555, 8081, 9090, 9093, 12201, 16686, 54320];
  expect(new Set([...taken, ...others, ...outside]).size).toBe(taken.length + others.length + outside.length);
});

test("every process is told the addresses of all instances", () => {
  const specs = serviceSpecs(load({ SHOP: "2", OPERATOR: "2" }));
  expect(specs.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["shop", "shop-2", "mes-operator", "mes-operator-2", "mes", "pricing"]),
  );
  for (const { env } of specs) {
    expect(env).toMatchObject({
      SHOP_ADDRESS: "127.0.0.1:50051,127.0.0.1:50071",
      MES_OPERATOR_ADDRESS: "127.0.0.1:50054,127.0.0.1:50074",
      CRM_ADDRESS: "127.0.0.1:50052",
    });
  }
  expect(specs.find(({ name }) => name === "shop-2")?.env).toMatchObject({
    INSTANCE: "shop-2",
    GRPC_PORT: "50071",
    ADMIN_PORT: "9122",
  });
});

test("a variable of its own moves one port of one instance", () => {
  const settings = load({ SHOP: "3", SHOP_2_PORT: "6001", SHOP_3_ADMIN_PORT: "6002", PORT_OFFSET: "100" });
  expect(addressesOf(settings, "shop", "shop")).toBe("127.0.0.1:50151,127.0.0.1:6101,127.0.0.1:50181");
  expect(serviceSpecs(settings).find(({ name }) => name === "shop-3")?.ports).toEqual([50181, 6102]);
});

test("counts that were kept hold until others are given", () => {
  keepInstances(load({ SHOP: "2", PRICING: "4" }));
  expect(load({}).instances).toMatchObject({ shop: 2, pricing: 4, crm: 1 });
  expect(load({ SHOP: "1" }).instances).toMatchObject({ shop: 1, pricing: 4 });
});

test.each([
  [{ SHOP: "two" }, "SHOP=two is no number of instances: use 1 to 9."],
  [{ CRM: "0" }, "CRM=0 is no number of instances: use 1 to 9."],
  [{ PRICING: "10" }, "PRICING=10 is no number of instances: use 0 to 9."],
])("%j is refused with a sentence", (env, sentence) => {
  expect(() => load(env)).toThrow(sentence);
});

test("an instance's name says of which service it is, and the how manieth", () => {
  expect(["shop", "shop-2", "mes-operator", "mes-operator-12"].map(parseInstance)).toEqual([
    { service: "shop", number: 1 },
    { service: "shop", number: 2 },
    { service: "mes-operator", number: 1 },
    { service: "mes-operator", number: 12 },
  ]);
});
