import { join } from "node:path";
import { createPoison, deliverAgain } from "./messages";
import { blackHole, commitCut, latency, reset, spoilt } from "./network";
import { freeze, kill, roll, startedWith } from "./processes";
import type { Act, Acts } from "./types";

const tenMinutesMs = 600_000;

/** By turns fast and slow. */
const clock = startedWith((_site, dose) => ({
  NODE_OPTIONS: `--require ${join(__dirname, "shift-clock.js")}`,
  CHAOS_CLOCK_SHIFT_MS: String(Math.floor(dose * 1_000) % 2 === 0 ? tenMinutesMs : -tenMinutesMs),
}));

/** The object store goes away, refuses, or says nothing: to everybody who calls it. */
const s3Failing: Act = async (site, fault, undo) => {
  if (fault.target === "killed") return kill(site, { ...fault, target: "s3" }, undo);
  const act = fault.target === "reset" ? reset : blackHole;
  for (const target of ["mes>s3", "mes-worker>s3", "pricing>s3"])
    await act(site, { ...fault, target, dose: Math.max(0.5, fault.dose) }, undo);
};

/** Charges are taken, and their answers do not come back. */
const paymentsSilent = spoilt(() => ({
  type: "timeout",
  stream: "downstream",
  attributes: { timeout: 0 },
}));

/** A worker has its job in hand for as long as it reads the model: whoever is frozen meanwhile wakes up after the lease is gone. */
const oversleep: Act = async (site, fault, undo) => {
  if (fault.target === "pricing") {
    const slow = spoilt(() => ({ type: "latency", attributes: { latency: 2_500 } }));
    await slow(site, { ...fault, target: "pricing>s3", dose: 1 }, undo);
    await new Promise((wake) => setTimeout(wake, 1_500));
  }
  await freeze(site, fault, undo);
};

/** How each kind of fault is made, for one system. */
export function createActs(): Acts {
  return {
    kill,
    freeze,
    oversleep,
    "postgres-restart": kill,
    "broker-restart": kill,
    "s3-failing": s3Failing,
    "s3-slow": spoilt((dose) => ({
      type: "latency",
      attributes: { latency: Math.round(1_000 + dose * 2_000), jitter: 500 },
    })),
    "payments-silent": paymentsSilent,
    latency,
    reset,
    "black-hole": blackHole,
    "commit-cut": commitCut,
    clock,
    duplicates: deliverAgain(),
    roll,
    poison: createPoison(),
  };
}
