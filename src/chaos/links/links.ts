import { launch } from "../../stack/launch";
import { writeLinks } from "../../stack/links";
import type { Settings } from "../../stack/settings";
import { ensureSupervisor } from "../../stack/supervisor/client";
import { type Toxic, type Toxiproxy, toxiproxyOn, toxiproxySpec } from "../../stack/toxiproxy";
import { planWires, type Wire } from "./plan";
import { linkPorts } from "./ports";

/** All connections of a system, each through a proxy. */
export type LinkBoard = {
  /** The wires of a link that a dose means: from 0.5 on all, below one of them. */
  wiresOf(link: string, dose: number): readonly Wire[];
  /** `host:port,…` of an upstream as this caller has to call it. */
  addressesFor(from: string, to: string): string;
  spoil(wires: readonly Wire[], toxic: Toxic): Promise<void>;
  mend(wires: readonly Wire[], toxic: Toxic): Promise<void>;
  /** Ends the wires' connections and passes later ones to `port`; without one to where they belong. */
  lead(wires: readonly Wire[], port?: number): Promise<void>;
  /** Ends all that was done to any wire. */
  mendAll(): Promise<void>;
};

/** Puts proxies between all processes of a system that is about to start. They end with it. */
export async function openLinks(settings: Settings, say: (line: string) => void): Promise<LinkBoard> {
  const port = linkPorts();
  const apiPort = await port();
  await ensureSupervisor(settings.stateFolder);
  await launch({ ...settings, restart: "off" }, await toxiproxySpec(settings, apiPort, say));
  const toxiproxy = toxiproxyOn(apiPort);
  const { wires, links } = await planWires(settings, port);
  for (const { name, listen, upstream } of wires) await toxiproxy.add(name, { listen, upstream });
  writeLinks(settings.stateFolder, links);
  return createBoard(toxiproxy, wires);
}

/** The board over proxies that there are. */
export function createBoard(toxiproxy: Toxiproxy, wires: readonly Wire[]): LinkBoard {
  const led = new Set<Wire>();
  const each = async (some: readonly Wire[], act: (wire: Wire) => Promise<void>): Promise<void> => {
    await Promise.all(some.map(act));
  };
  const lead = (some: readonly Wire[], port?: number): Promise<void> =>
    each(some, async (wire) => {
      if (port === undefined) led.delete(wire);
      else led.add(wire);
      await toxiproxy.lead(wire.name, port ?? wire.upstream);
    });
  return {
    wiresOf(link, dose) {
      const all = wires.filter((wire) => wire.link === link);
      if (all.length === 0) throw new Error(`There is no link ${link}.`);
      return dose >= 0.5 ? all : [all[Math.floor(dose * 2 * all.length)]!];
    },
    addressesFor: (from, to) =>
      wires
        .filter((wire) => wire.from === from && wire.link.endsWith(`>${to}`))
        .map(({ listen }) => `127.0.0.1:${listen}`)
        .join(","),
    spoil: (some, toxic) => each(some, ({ name }) => toxiproxy.spoil(name, toxic)),
    mend: (some, toxic) => each(some, ({ name }) => toxiproxy.mend(name, toxic)),
    lead,
    async mendAll() {
      await lead([...led]);
      await toxiproxy.mendAll();
    },
  };
}
