import { join, resolve } from "node:path";
import { type Instances, readInstances } from "./instances";
import { PlainError } from "./plain-error";

/** Every port the system listens on, all on 127.0.0.1. `<NAME>_PORT` in the environment overrides one (KAFKA_PORT). */
const defaultPorts = {
  postgres: 54320,
  kafka: 9092,
  kafkaController: 19093,
  s3: 7070,
  otlp: 4318,
  gateway: 8080,
  shop: 50051,
  crm: 50052,
  mes: 50053,
  mesOperator: 50054,
  mesWorker: 50055,
  products: 8090,
  payments: 8091,
  gatewayAdmin: 9101,
  shopAdmin: 9102,
  crmAdmin: 9103,
  mesAdmin: 9104,
  mesOperatorAdmin: 9105,
  mesWorkerAdmin: 9106,
  pricingAdmin: 9107,
  productsAdmin: 9108,
  paymentsAdmin: 9109,
  exporterAdmin: 9110,
  prometheus: 9090,
  alertmanager: 9093,
  telegram: 8081,
  jaeger: 16686,
  jaegerOtlp: 4319,
  jaegerMetrics: 8888,
} as const;

/** Ports above 1023 that browsers and `fetch` refuse to call (WHATWG Fetch, "bad port"). */
const refusedPorts = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6679, 6697, 10080,
]);

export type PortName = keyof typeof defaultPorts;
export type Ports = Record<PortName, number>;

/** Restart a process that ended by itself: never, soon (1 s, then doubling), or after this many milliseconds. */
export type RestartPolicy = "off" | "on" | number;

/** `drill` makes alerts fire within seconds and sends them to the Telegram stand-in, whatever token there is. */
export type Profile = "normal" | "drill";

export type Settings = {
  /** The checkout. */
  root: string;
  /** Git-ignored; all data, logs and sockets. */
  stateFolder: string;
  ports: Ports;
  restart: RestartPolicy;
  logLevel: string;
  /** Where services send logs as GELF over TCP (`host:port`); empty = nowhere. */
  gelfAddress: string;
  /** Whether Prometheus, Alertmanager, Jaeger and the Telegram stand-in run beside the services. */
  telemetry: boolean;
  /** Whether Jaeger is one of them; where it has to be compiled first, that takes minutes. */
  jaeger: boolean;
  profile: Profile;
  /** How many processes of each service; see `countVariables`. */
  instances: Instances;
  /** Ports of further instances that are not where they are by default, under names such as `shopAdmin-2`. */
  instancePorts: Record<string, number>;
};

/** Reads the settings of the stack. `PORT_OFFSET` shifts every port and gives the stack a state folder of its own. */
export function loadSettings(env: NodeJS.ProcessEnv = process.env, root = findRoot()): Settings {
  const offset = wholeNumber(env, "PORT_OFFSET", 0);
  const ports = Object.entries(defaultPorts).map(([name, port]) => {
    return [name, usable(name, wholeNumber(env, variableOf(name), port) + offset)] as const;
  });
  const state = join(root, ".alexandrite", ...(offset === 0 ? [] : [`offset-${offset}`]));
  const stateFolder = resolve(env["ALEXANDRITE_STATE"] || state);
  return {
    root,
    stateFolder,
    ports: Object.fromEntries(ports) as Ports,
    restart: parseRestart(env["RESTART"] ?? "on"),
    logLevel: env["LOG_LEVEL"] || "info",
    gelfAddress: env["GELF_ADDRESS"] ?? "",
    telemetry: oneOf(env, "TELEMETRY", ["on", "off"]) === "on",
    jaeger: oneOf(env, "JAEGER", ["on", "off"]) === "on",
    profile: oneOf(env, "PROFILE", ["normal", "drill"]),
    instances: readInstances(env, stateFolder),
    instancePorts: instancePorts(env, offset),
  };
}

/** `mesOperatorAdmin` is set by MES_OPERATOR_ADMIN_PORT, that of its second instance by MES_OPERATOR_2_ADMIN_PORT. */
function variableOf(name: string, instance = ""): string {
  const words = name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  return `${words.replace(/(_ADMIN)?$/, `${instance}$1`)}_PORT`;
}

function instancePorts(env: NodeJS.ProcessEnv, offset: number): Record<string, number> {
  const found = Object.keys(defaultPorts).flatMap((name) =>
    Array.from({ length: 98 }, (_, n) => n + 2).flatMap((number) => {
      const variable = variableOf(name, `_${number}`);
      if (!env[variable]) return [];
      const label = `${name}-${number}`;
      return [[label, usable(label, wholeNumber(env, variable, 0) + offset)] as const];
    }),
  );
  return Object.fromEntries(found);
}

function usable(name: string, port: number): number {
  if (port < 1 || port > 65_535)
    throw new PlainError(`Port ${port} of ${name} is out of range: use ports from 1 to 65535.`);
  if (refusedPorts.has(port))
    throw new PlainError(`Port ${port} of ${name} is one that browsers refuse to call: use another.`);
  return port;
}

export function parseRestart(text: string): RestartPolicy {
  if (text === "on" || text === "off") return text;
  if (/^\d+$/.test(text)) return Number(text);
  throw new PlainError(`RESTART=${text} is not understood: use on, off, or a number of milliseconds.`);
}

/** One of the words; the first when nothing is said. */
function oneOf<Word extends string>(env: NodeJS.ProcessEnv, name: string, words: readonly Word[]): Word {
  const text = env[name] || words[0];
  const word = words.find((candidate) => candidate === text);
  if (word === undefined)
    throw new PlainError(`${name}=${text} is not understood: use ${words.join(" or ")}.`);
  return word;
}

function wholeNumber(env: NodeJS.ProcessEnv, name: string, otherwise: number): number {
  const text = env[name];
  if (text === undefined || text === "") return otherwise;
  if (!/^\d+$/.test(text)) throw new PlainError(`${name}=${text} is not a whole number.`);
  return Number(text);
}

/** The checkout this code was compiled in: `dist/stack/settings.js` or `src/stack/settings.ts`. */
function findRoot(): string {
  return resolve(__dirname, "..", "..");
}
