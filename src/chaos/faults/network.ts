import { setTimeout as sleep } from "node:timers/promises";
import type { Toxic } from "../../stack/toxiproxy";
import { startCommitCutter } from "../links";
import type { Act } from "./types";

/** Lets a toxic work on a link. `toxic` says which by the dose. */
export function spoilt(toxic: (dose: number) => Toxic): Act {
  return async ({ links, say }, { target, dose }, undo) => {
    const wires = links.wiresOf(target, dose);
    const chosen = toxic(dose);
    undo.add(`mend ${target}`, () => links.mend(wires, chosen));
    await links.spoil(wires, chosen);
    say(`${chosen.type} ${chosen.stream ?? "downstream"} on ${wires.map(({ name }) => name).join(", ")}`);
  };
}

/** By the dose either the questions are lost or the answers. */
const direction = (dose: number): "upstream" | "downstream" =>
  Math.floor(dose * 100) % 2 === 0 ? "upstream" : "downstream";

export const latency = spoilt((dose) => ({
  type: "latency",
  stream: direction(dose),
  attributes: { latency: Math.round(200 + dose * 1_800), jitter: 200 },
}));

/** TCP RST, at once and for every new connection. */
export const reset = spoilt((dose) => ({
  type: "reset_peer",
  stream: direction(dose),
  attributes: { timeout: 0 },
}));

/** Bytes are taken and lead nowhere; the connections end with the toxic. */
export const blackHole = spoilt((dose) => ({
  type: "timeout",
  stream: direction(dose),
  attributes: { timeout: 0 },
}));

/** Cuts connections to PostgreSQL at their COMMIT, before it is heard or after it was carried out. */
export const commitCut: Act = async ({ settings, links, say }, { target, dose }, undo) => {
  const wires = links.wiresOf(target, dose);
  const cutter = await startCommitCutter(settings.ports.postgres);
  undo.add("close the cutter", async () => {
    await cutter.close();
    const { before, after } = cutter.cut;
    say(`cut ${before} commits before PostgreSQL had them and ${after} before their answer came`);
  });
  undo.add(`lead ${target} back`, () => links.lead(wires));
  await links.lead(wires, cutter.port);
  say(`every second COMMIT is cut on ${wires.map(({ name }) => name).join(", ")}`);
  // Undone by the schedule; a moment for the connections to come back.
  await sleep(100);
};
