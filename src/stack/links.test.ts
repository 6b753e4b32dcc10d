import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Links, readLinks, throughLinks, writeLinks } from "./links";
import { loadSettings } from "./settings";
import { serviceSpec } from "./services";
import { serverProperties } from "./tools/kafka-properties";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "alexandrite-links-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const links: Links = {
  ports: { "shop-2": { 54320: 30_001, 9092: 30_002, 50052: 30_003 } },
  listeners: [{ name: "SHOP", port: 30_010, advertised: 30_002 }],
};

test("a system without links has none, one with links keeps them", () => {
  expect(readLinks(folder)).toEqual({ ports: {}, listeners: [] });
  writeLinks(folder, links);
  expect(readLinks(folder)).toEqual(links);
});

test("a process is told the links' ports, and keeps its own doors", () => {
  writeLinks(folder, links);
  const settings = loadSettings({ ALEXANDRITE_STATE: folder, SHOP: "2", CRM: "2" }, process.cwd());
  const { env } = serviceSpec(settings, "shop-2");
  expect(env["DATABASE_URL"]).toContain("@127.0.0.1:30001/shop");
  expect(env["KAFKA_BROKERS"]).toBe("127.0.0.1:30002");
  expect(env["CRM_ADDRESS"]).toBe("127.0.0.1:30003,127.0.0.1:50072");
  expect(env["GRPC_PORT"]).toBe("50071");
  expect(serviceSpec(settings, "shop").env["KAFKA_BROKERS"]).toBe("127.0.0.1:9092");
});

test("what is no address of this machine stays as it is", () => {
  expect(throughLinks({ 80: 81 }, { A: "127.0.0.1:80,10.0.0.1:80", B: "80" })).toEqual({
    A: "127.0.0.1:81,10.0.0.1:80",
    B: "80",
  });
});

test("the broker listens behind each link, and tells those who come by it of the link", () => {
  const text = serverProperties({ port: 1, controllerPort: 2, folder: "/data", listeners: links.listeners });
  expect(text).toContain(
    "listeners=PLAINTEXT://127.0.0.1:1,CONTROLLER://127.0.0.1:2,SHOP://127.0.0.1:30010\n",
  );
  expect(text).toContain("advertised.listeners=PLAINTEXT://127.0.0.1:1,SHOP://127.0.0.1:30002\n");
  expect(text).toContain("SHOP:PLAINTEXT\n");
});
