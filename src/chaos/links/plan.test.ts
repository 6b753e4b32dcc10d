import { loadSettings } from "../../stack/settings";
import type { Toxiproxy } from "../../stack/toxiproxy";
import { linkNames } from "../schedule";
import { createBoard } from "./links";
import { planWires, type Wire } from "./plan";

const settings = loadSettings(
  {
    SHOP: "2",
    CRM: "2",
    MES: "2",
    OPERATOR: "2",
    WORKER: "2",
    GATEWAY: "2",
    PRICING: "2",
    ALEXANDRITE_STATE: "/nowhere",
  },
  process.cwd(),
);

async function plan() {
  let next = 30_000;
  return planWires(settings, async () => next++);
}

test("every link of the schedule has a wire for each pair of instances", async () => {
  const { wires, links } = await plan();
  expect(new Set(wires.map(({ link }) => link))).toEqual(new Set(linkNames));
  expect(wires.filter(({ link }) => link === "gateway>shop")).toHaveLength(4);
  expect(wires.filter(({ link }) => link === "shop>payments")).toHaveLength(2);
  expect(new Set(wires.map(({ listen }) => listen)).size).toBe(wires.length);
  expect(new Set(wires.map(({ name }) => name)).size).toBe(wires.length);
  expect(Object.keys(links.ports["shop-2"]!).map(Number)).toContain(settings.ports.postgres);
});

test("all instances of a service share a wire to the broker, which has a door for it", async () => {
  const { wires, links } = await plan();
  const [wire] = wires.filter(({ link }) => link === "mes-worker>kafka");
  const door = links.listeners.find(({ name }) => name === "MES_WORKER")!;
  expect(wire).toMatchObject({ listen: door.advertised, upstream: door.port });
  for (const process of ["mes-worker", "mes-worker-2"])
    expect(links.ports[process]![settings.ports.kafka]).toBe(door.advertised);
});

describe("a board", () => {
  const asked: string[] = [];
  const toxiproxy = new Proxy({} as Toxiproxy, {
    get:
      (_target, verb) =>
      async (...given: unknown[]) =>
        void asked.push([verb, ...given.map((each) => JSON.stringify(each))].map(String).join(" ")),
  });
  let wires: Wire[];
  beforeEach(async () => {
    ({ wires } = await plan());
    asked.length = 0;
  });

  test("means one wire of a link by a small dose, and all by a large one", () => {
    const board = createBoard(toxiproxy, wires);
    expect(board.wiresOf("gateway>shop", 0).map(({ name }) => name)).toEqual(["gateway_shop"]);
    expect(board.wiresOf("gateway>shop", 0.49).map(({ name }) => name)).toEqual(["gateway-2_shop-2"]);
    expect(board.wiresOf("gateway>shop", 0.5)).toHaveLength(4);
    expect(() => board.wiresOf("shop>moon", 1)).toThrow("no link shop>moon");
  });

  test("tells the load where to call", () => {
    const ports = createBoard(toxiproxy, wires).addressesFor("client", "crm");
    expect(ports).toMatch(/^127\.0\.0\.1:30\d{3},127\.0\.0\.1:30\d{3}$/);
  });

  test("leads back what was led away when all is mended", async () => {
    const board = createBoard(toxiproxy, wires);
    const some = board.wiresOf("crm>postgres", 0);
    await board.lead(some, 7);
    await board.mendAll();
    expect(asked).toEqual([
      'lead "crm_postgres" 7',
      `lead "crm_postgres" ${settings.ports.postgres}`,
      "mendAll",
    ]);
  });
});
