import { holderOf, shortHolder, statusOf } from "../../order";
import type { Database, Queryable } from "../../platform/postgres";
import { type DisagreementKind, publishAgain } from "../../reconcile";
import type { Bounds, Compared, Finding } from "./finding";
import { serviceNames, type ServiceName, type Sources } from "./sources";
import { type Standing, standingsOf, walkStandings } from "./standings";

/** An order that is behind in one service: what that service has, and who has most. */
type Lag = {
  orderId: string;
  service: ServiceName;
  standing: Standing | undefined;
  leader: ServiceName;
  leading: Standing;
};

/** Lags looked up in one statement. */
const batch = 500;

/** Compares every order of the three services: versions, and the bytes of the last one where the versions are the same. */
export async function compareOrders(
  { database, topic }: Sources,
  { boundMs }: Pick<Bounds, "boundMs">,
): Promise<Compared> {
  const databases = await Promise.all(serviceNames.map((service) => database(service)));
  const lags: Lag[] = [];
  const findings: Finding[] = [];
  let compared = 0;
  for await (const { orderId, standings } of walkStandings(databases)) {
    compared++;
    const fork = forkOf(orderId, standings);
    if (fork) findings.push(fork);
    else lags.push(...lagsOf(orderId, standings));
  }
  for (let from = 0; from < lags.length; from += batch)
    findings.push(...(await lateOnes(databases, topic, lags.slice(from, from + batch), boundMs)));
  return { scope: `${compared} orders of ${serviceNames.join(", ")}`, findings };
}

function lagsOf(orderId: string, standings: readonly (Standing | undefined)[]): Lag[] {
  const most = Math.max(...standings.map((each) => each?.version ?? 0));
  const at = standings.findIndex((each) => each?.version === most);
  const leader = serviceNames[at]!;
  const leading = standings[at]!;
  return standings.flatMap((standing, index) =>
    (standing?.version ?? 0) === most
      ? []
      : [{ orderId, service: serviceNames[index]!, standing, leader, leading }],
  );
}

function forkOf(orderId: string, standings: readonly (Standing | undefined)[]): Finding | undefined {
  const known = standings.flatMap((each) => (each ? [each] : []));
  const isFork = known.some((each) =>
    known.some((other) => other.version === each.version && other.digest !== each.digest),
  );
  if (!isFork) return undefined;
  const sides = standings.map((each, at) => `${serviceNames[at]} ${describe(each)}`).join(", ");
  const advice = "two services made the same version: make order ID=<id>, then restore one of them";
  return { kind: "order_fork", id: orderId, sides: `${sides}, with other bytes`, ageMs: 0, advice };
}

/** Of these, those whose leader has had the version that is missing for longer than the bound. */
async function lateOnes(
  databases: readonly Database[],
  topic: string,
  lags: readonly Lag[],
  boundMs: number,
): Promise<Finding[]> {
  const ages = new Map<string, number>();
  const blocked = new Set<string>();
  for (const [at, service] of serviceNames.entries()) {
    const led = lags.filter(({ leader }) => leader === service);
    for (const [name, age] of await agesOf(databases[at]!, led)) ages.set(name, age);
    const behind = lags.filter((lag) => lag.service === service).map(({ orderId }) => orderId);
    for (const orderId of await blockedOf(databases[at]!, behind)) blocked.add(`${service} ${orderId}`);
  }
  return lags.flatMap((lag): Finding[] => {
    const { orderId, service, standing, leader, leading } = lag;
    const ageMs = ages.get(nameOf(orderId, (standing?.version ?? 0) + 1)) ?? 0;
    if (ageMs < boundMs) return [];
    const found = {
      kind: kindOf(lag),
      id: orderId,
      sides: `${service} ${describe(standing)}, ${leader} ${describe(leading)}`,
      ageMs,
    };
    if (blocked.has(`${service} ${orderId}`)) {
      const advice = `${service} has set one of its events aside: make dlq ARGS="--order ${orderId}"`;
      return [{ ...found, advice }];
    }
    const at = serviceNames.indexOf(service);
    const stands = async (): Promise<boolean> => {
      const now = (await standingsOf(databases, orderId))[at];
      return (now?.version ?? 0) < leading.version;
    };
    const run = (): Promise<string> => sendAgain(databases, topic, orderId, standing?.version ?? 0);
    return [{ ...found, repair: { run, stands } }];
  });
}

function kindOf({ service, standing, leading }: Lag): DisagreementKind {
  if (!standing) return "order_unknown";
  const holder = holderOf(statusOf(leading.status));
  const isHolder = holder !== undefined && shortHolder(holder).toLowerCase() === service;
  return isHolder ? "order_ahead" : "order_behind";
}

/** How long ago the leader stored the first version that the other lacks, in milliseconds. */
async function agesOf(db: Queryable, led: readonly Lag[]): Promise<[string, number][]> {
  if (led.length === 0) return [];
  const rows = await db.query<{ order_id: string; version: number; age: number }>(agesStatement, [
    led.map(({ orderId }) => orderId),
    led.map(({ standing }) => (standing?.version ?? 0) + 1),
  ]);
  return rows.map(({ order_id, version, age }) => [nameOf(order_id, version), age]);
}

export const agesStatement = `
  SELECT order_id, version, (extract(epoch FROM clock_timestamp() - stored_at) * 1000)::float8 AS age
  FROM order_event JOIN unnest($1::uuid[], $2::integer[]) AS wanted (order_id, version) USING (order_id, version)`;

async function blockedOf(db: Queryable, orderIds: readonly string[]): Promise<string[]> {
  if (orderIds.length === 0) return [];
  const text = "SELECT key FROM blocked_key WHERE key = ANY ($1::text[])";
  return (await db.query<{ key: string }>(text, [orderIds])).map(({ key }) => key);
}

/** Has the relays of whoever made them publish the events after a version again: duplicates to all who have them. */
async function sendAgain(
  databases: readonly Database[],
  topic: string,
  orderId: string,
  afterVersion: number,
): Promise<string> {
  const done: string[] = [];
  for (const [at, service] of serviceNames.entries()) {
    const rows = await databases[at]!.query<{ id: number; version: number }>(
      "SELECT id, version FROM outbox WHERE topic = $1 AND key = $2 AND version > $3 ORDER BY version",
      [topic, orderId, afterVersion],
    );
    const sent = await publishAgain(
      databases[at]!,
      rows.map(({ id }) => id),
    );
    if (sent > 0) done.push(`${service} publishes v${rows.map(({ version }) => version).join(", v")} again`);
  }
  return done.length > 0 ? done.join("; ") : "its events wait in the outbox already";
}

function describe(standing: Standing | undefined): string {
  return standing ? `has v${standing.version} ${standing.status}` : "does not know it";
}

function nameOf(orderId: string, version: number): string {
  return `${orderId}/${version}`;
}
