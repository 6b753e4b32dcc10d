import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Kafka } from "../../platform/kafka";
import type { HostControl, ServiceHost } from "../../platform/lifecycle";
import { outboxMigration, outboxRelayMigration } from "../../platform/outbox";
import type { Database } from "../../platform/postgres";
import { seededRandom } from "../stats";
import { compare, type Comparison } from "./compare";
import { createBenchHost, openPlace } from "./place";
import { waitingRows, writeRows } from "./row-writer";
import { type EventServers, startEventServers } from "./servers";
import { readTopic } from "./topic";
import { Victim, type VictimOptions } from "./victim";

export type RelayKillOptions = {
  /** Relays to kill; the last process may make it a few more. */
  kills: number;
  /** The compiled `relay-child`. Default: beside this file. */
  program?: string;
  /** Relays in a process, each of a database of its own: most of a kill's cost is the start of the process. Default: 4. */
  relaysPerProcess?: number;
  /** Sets of databases that are worked on side by side, by two processes at a time each. Default: 2. */
  lanes?: number;
  /** Default: 300. */
  leaseMs?: number;
  /** The share of the kills that must hit between produce and mark. Default: 0.8. */
  leastShare?: number;
  seed?: number;
  progress?: (kills: number) => void;
};

export type RelayKillReport = Comparison & {
  part: "relay-kills";
  kills: number;
  /** Kills of a relay that was known to have produced and not marked. */
  between: number;
  share_between: number;
  processes: number;
  /** Processes halted with a relay between produce and mark, beyond its lease, and let go on. */
  freezes: number;
  lease_ms: number;
  seconds: number;
  breaches: string[];
};

type Outbox = { host: ServiceHost; db: Database; kafka: Kafka; url: string; topic: string };
type Tally = { kills: number; between: number; processes: number; freezes: number };

const partitions = 2;

/**
 * Kills relays with SIGKILL, most of them between the broker's acknowledgement and the mark, while rows are written and while another process of relays stands
 * by on the same databases; then lets them finish, and holds what the topics have against the outboxes.
 */
export async function runRelayKills(options: RelayKillOptions): Promise<RelayKillReport> {
  const { leaseMs = 300, relaysPerProcess = 4, lanes = 2, seed = 1, leastShare = 0.8 } = options;
  const startedAt = Date.now();
  const servers = await startEventServers({ durable: false });
  const hosts: HostControl[] = [];
  try {
    const count = lanes * relaysPerProcess;
    const outboxes = await Promise.all(
      Array.from({ length: count }, (_, at) => openOutbox(hosts, servers, at)),
    );
    const random = seededRandom(seed);
    const program = options.program ?? join(__dirname, "relay-child.js");
    const victims = Array.from({ length: lanes }, (_, lane): VictimOptions => {
      const own = outboxes.slice(lane * relaysPerProcess, (lane + 1) * relaysPerProcess);
      return { program, brokers: servers.brokers, leaseMs, databaseUrls: own.map(({ url }) => url), random };
    });
    const tally: Tally = { kills: 0, between: 0, processes: 0, freezes: 0 };
    let stopped = false;
    const writing = Promise.all(outboxes.map(({ db, topic }) => writeRows(db, topic, () => stopped)));
    await Promise.all(victims.map((victim) => killInTurn(victim, options, tally)));
    stopped = true;
    await writing;
    await publishTheRest(victims, outboxes);
    const found = sum(await Promise.all(outboxes.map(check)));
    const share = tally.between / tally.kills;
    return {
      part: "relay-kills",
      ...tally,
      share_between: Number(share.toFixed(3)),
      lease_ms: leaseMs,
      ...found,
      seconds: Math.round((Date.now() - startedAt) / 1_000),
      breaches: breachesOf(found, share, leastShare),
    };
  } finally {
    await Promise.all(hosts.map((host) => host.stop(10_000)));
    await servers.stop();
  }
}

async function openOutbox(hosts: HostControl[], servers: EventServers, at: number): Promise<Outbox> {
  const topic = `relay_kills_${at}`;
  const control = createBenchHost(topic);
  hosts.push(control);
  const { host } = control;
  const url = await servers.createDatabase(topic);
  const place = { databaseUrl: url, brokers: servers.brokers };
  const { db, kafka } = await openPlace(host, place, [outboxMigration(), outboxRelayMigration()]);
  await kafka.ensureTopics([{ topic, partitions }]);
  return { host, db, kafka, url, topic };
}

/** One process after the other, the next one started before its predecessor is killed. */
async function killInTurn(
  victim: VictimOptions,
  { kills, progress }: RelayKillOptions,
  tally: Tally,
): Promise<void> {
  let standby = new Victim(victim);
  while (tally.kills < kills) {
    const { dead } = standby;
    const now = standby;
    standby = new Victim(victim);
    await dead;
    tally.kills += now.relays;
    tally.between += now.between;
    tally.freezes += now.freezes;
    if (++tally.processes % 25 === 0) progress?.(tally.kills);
  }
  standby.kill();
  await standby.dead;
}

/** Relays that nobody disturbs publish what is left; what they have not after two minutes shows as unmarked. */
async function publishTheRest(victims: readonly VictimOptions[], outboxes: readonly Outbox[]): Promise<void> {
  const relays = victims.map((victim) => new Victim(victim, true));
  const left = async (): Promise<boolean> =>
    (await Promise.all(outboxes.map(({ db }) => waitingRows(db)))).some((waiting) => waiting > 0);
  for (const end = Date.now() + 120_000; (await left()) && Date.now() < end;) await sleep(100);
  for (const each of relays) each.kill();
  await Promise.all(relays.map(({ dead }) => dead));
}

async function check({ host, db, kafka, topic }: Outbox): Promise<Comparison> {
  return compare(db, topic, await readTopic(host, kafka, topic, partitions));
}

function sum(all: readonly Comparison[]): Comparison {
  return all.reduce((total, each) => {
    const names = Object.keys(total) as (keyof Comparison)[];
    return Object.fromEntries(names.map((name) => [name, total[name] + each[name]])) as Comparison;
  });
}

function breachesOf(found: Comparison, share: number, least: number): string[] {
  const none = ["lost", "foreign", "disordered", "misplaced", "unmarked"] as const;
  return [
    ...none.filter((what) => found[what] > 0).map((what) => `${found[what]} ${what}, none is allowed`),
    ...(share < least ? [`${share.toFixed(2)} of the kills hit between produce and mark, not ${least}`] : []),
  ];
}
