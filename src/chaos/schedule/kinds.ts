/** A way in which the world goes wrong. What each does: `src/chaos/faults`. */
export const faultKinds = [
  "kill",
  "freeze",
  "oversleep",
  "postgres-restart",
  "broker-restart",
  "s3-failing",
  "s3-slow",
  "payments-silent",
  "latency",
  "reset",
  "black-hole",
  "commit-cut",
  "clock",
  "duplicates",
  "roll",
  "poison",
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Our processes. Where two instances run, the fault's dose says which one is meant. */
export const services = [
  "gateway",
  "shop",
  "crm",
  "mes",
  "mes-operator",
  "mes-worker",
  "pricing",
  "products",
  "payments",
] as const;
export type ServiceName = (typeof services)[number];

/** Whom each process calls; `client` is the load. A link is every connection from the instances of one to those of the other. */
export const calls = {
  client: ["gateway", "shop", "crm", "mes-operator", "mes-worker"],
  gateway: ["shop", "crm", "mes", "mes-operator"],
  shop: ["postgres", "kafka", "crm", "mes", "products", "payments"],
  crm: ["postgres", "kafka", "shop", "mes"],
  mes: ["postgres", "kafka", "s3", "shop", "crm"],
  "mes-operator": ["postgres", "kafka", "shop", "crm"],
  "mes-worker": ["postgres", "kafka", "s3", "shop", "crm"],
  pricing: ["s3", "mes-worker"],
  products: ["postgres"],
  payments: ["postgres"],
} as const;

/** `shop>postgres`. */
export const linkNames: readonly string[] = Object.entries(calls).flatMap(([from, upstreams]) =>
  upstreams.map((to) => `${from}>${to}`),
);

export const linksTo = (to: string): string[] => linkNames.filter((name) => name.endsWith(`>${to}`));

/** How a kind is dealt. */
export type KindRule = {
  /** Cards of it among one deck of kinds. */
  share: number;
  /** What it may be done to; each comes once before any comes again. */
  targets: readonly string[];
  /** How long it lasts, in milliseconds. */
  lastsMs: readonly [least: number, most: number];
};

export const rules: Readonly<Record<FaultKind, KindRule>> = {
  kill: { share: 3, targets: services, lastsMs: [500, 4_000] },
  freeze: { share: 3, targets: [...services, "postgres", "kafka", "s3"], lastsMs: [1_500, 4_000] },
  // Leases of outboxes and sessions of consumers end after 6 s, those of jobs after 4 s here.
  oversleep: {
    share: 2,
    targets: ["mes", "crm", "shop", "pricing", "mes-worker", "mes-operator"],
    lastsMs: [8_000, 10_000],
  },
  "postgres-restart": { share: 1, targets: ["postgres"], lastsMs: [200, 3_000] },
  "broker-restart": { share: 1, targets: ["kafka"], lastsMs: [500, 4_000] },
  "s3-failing": { share: 1, targets: ["killed", "reset", "silent"], lastsMs: [2_000, 6_000] },
  "s3-slow": { share: 1, targets: linksTo("s3"), lastsMs: [3_000, 8_000] },
  "payments-silent": { share: 1, targets: ["shop>payments"], lastsMs: [4_000, 9_000] },
  latency: { share: 3, targets: linkNames, lastsMs: [3_000, 8_000] },
  reset: { share: 3, targets: linkNames, lastsMs: [500, 3_000] },
  "black-hole": { share: 3, targets: linkNames, lastsMs: [2_000, 7_000] },
  "commit-cut": { share: 2, targets: linksTo("postgres"), lastsMs: [2_000, 5_000] },
  clock: { share: 1, targets: services, lastsMs: [6_000, 10_000] },
  duplicates: { share: 1, targets: ["order_status"], lastsMs: [0, 0] },
  roll: { share: 1, targets: services, lastsMs: [0, 0] },
  poison: { share: 2, targets: ["stranger", "live order", "fork", "no key"], lastsMs: [0, 0] },
};
