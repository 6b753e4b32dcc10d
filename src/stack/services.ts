import { join } from "node:path";
import { monitorRole, postgresUrl } from "./backends/postgres";
import { codeDigest } from "./code-digest";
import { fingerprint } from "./fingerprint";
import { addressesOf, countOf, countVariables, instanceName, instancePort, parseInstance } from "./instances";
import { readLinks, throughLinks } from "./links";
import { serviceFlags } from "./node-flags";
import { PlainError } from "./plain-error";
import type { ProcessSpec } from "./process-spec";
import { databasePassword, faultInjectionKey, s3Credentials, serviceKeyHashes, serviceKeys } from "./secrets";
import { services, type ServiceRow } from "./service-table";
import type { PortName, Settings } from "./settings";

/** Started after the backends, stopped before them. */
export const serviceStage = 2;

/** What the services are compiled from. */
const codeFolders = ["platform", "order", "baton", "identity", "reconcile", "services", "gen", "web"];

/** What runs of our own: the services of the table, each with as many instances as the settings say. */
export function serviceSpecs(settings: Settings): ProcessSpec[] {
  return services
    .filter(({ telemetry = false }) => settings.telemetry || !telemetry)
    .flatMap(({ name }) =>
      Array.from({ length: countOf(settings, name) }, (_, n) => instanceName(name, n + 1)),
    )
    .map((name) => serviceSpec(settings, name));
}

/** The process of one instance: `shop`, `shop-2` and so on. */
export function serviceSpec(settings: Settings, name: string): ProcessSpec {
  const { service, number } = parseInstance(name);
  const row = services.find((candidate) => candidate.name === service);
  if (!row || (number > 1 && !(service in countVariables)))
    throw new PlainError(
      `There is no service ${name}; there are: ${services.map((known) => known.name).join(", ")}, and further instances such as shop-2.`,
    );
  const adminPort = instancePort(settings, row.adminPort, number);
  const links = readLinks(settings.stateFolder).ports[name] ?? {};
  const contract = throughLinks(links, serviceEnvironment(settings, row, number));
  const args = [
    `--max-old-space-size=${row.heapMb}`,
    ...serviceFlags,
    "--require",
    join(settings.root, "dist/platform/telemetry/preload.js"),
    join(settings.root, "dist/services", `${row.main}.js`),
  ];
  const ports = [row.grpcPort, row.httpPort].flatMap((port) =>
    port === undefined ? [] : [instancePort(settings, port, number)],
  );
  return {
    name,
    command: process.execPath,
    args,
    env: { ...inheritedEnvironment(), ...contract },
    cwd: settings.root,
    stopSignal: "SIGTERM",
    stopMs: 30_000,
    stage: serviceStage,
    ports: [...ports, adminPort],
    ready: { kind: "http", url: `http://127.0.0.1:${adminPort}/readyz` },
    fingerprint: fingerprint([codeDigest(settings.root, codeFolders), ...args, JSON.stringify(contract)]),
  };
}

/** The variables by which a service finds its doors, stores and peers. */
function serviceEnvironment(settings: Settings, row: ServiceRow, number: number): Record<string, string> {
  const { ports } = settings;
  const keys = serviceKeys(settings.stateFolder);
  const portOf = (port: PortName): string => String(instancePort(settings, port, number));
  return {
    NODE_ENV: "production",
    INSTANCE: instanceName(row.name, number),
    LOG_LEVEL: settings.logLevel,
    GELF_ADDRESS: settings.gelfAddress,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${ports.otlp}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    ADMIN_HOST: "127.0.0.1",
    ADMIN_PORT: portOf(row.adminPort),
    ...(row.grpcPort ? { GRPC_HOST: "127.0.0.1", GRPC_PORT: portOf(row.grpcPort) } : {}),
    ...(row.httpPort ? { HTTP_HOST: "127.0.0.1", HTTP_PORT: portOf(row.httpPort) } : {}),
    ...(row.database ? { DATABASE_URL: databaseUrl(settings, row.database) } : {}),
    ...(row.kafka ? { KAFKA_BROKERS: `127.0.0.1:${ports.kafka}` } : {}),
    ...(row.s3 ? s3Environment(settings) : {}),
    SHOP_ADDRESS: addressesOf(settings, "shop", "shop"),
    CRM_ADDRESS: addressesOf(settings, "crm", "crm"),
    MES_ADDRESS: addressesOf(settings, "mes", "mes"),
    MES_OPERATOR_ADDRESS: addressesOf(settings, "mes-operator", "mesOperator"),
    MES_WORKER_ADDRESS: addressesOf(settings, "mes-worker", "mesWorker"),
    PRODUCTS_URL: `http://127.0.0.1:${ports.products}`,
    PAYMENTS_URL: `http://127.0.0.1:${ports.payments}`,
    SERVICE_KEY: keys[row.service] ?? "",
    SERVICE_KEY_HASHES: serviceKeyHashes(keys),
    ...(row.name === "gateway" ? opsEnvironment(settings) : {}),
    ...(row.name === "exporter" ? exporterEnvironment(settings) : {}),
    ...(row.grpcPort && settings.profile === "drill"
      ? { FAULT_INJECTION_KEY: faultInjectionKey(settings.stateFolder) }
      : {}),
  };
}

/** Where the pages under /ops find what they show. */
function opsEnvironment({ ports, stateFolder, telemetry, jaeger }: Settings): Record<string, string> {
  const url = (port: number): string => `http://127.0.0.1:${port}`;
  return {
    LOGS_PATH: join(stateFolder, "logs"),
    TRACES_URL: url(ports.otlp),
    ...(telemetry
      ? {
          PROMETHEUS_URL: url(ports.prometheus),
          ALERTMANAGER_URL: url(ports.alertmanager),
          TELEGRAM_URL: url(ports.telegram),
        }
      : {}),
    ...(telemetry && jaeger ? { JAEGER_URL: url(ports.jaeger) } : {}),
  };
}

/** How the exporter looks at the servers: as somebody who sees figures only, and their processes by the folders that they were started with. */
function exporterEnvironment({ ports, stateFolder }: Settings): Record<string, string> {
  const servers = ["postgres", "kafka", "s3"];
  return {
    DATABASE_URL: postgresUrl({ port: ports.postgres, password: databasePassword }, "postgres", monitorRole),
    DATA_FOLDER: stateFolder,
    PROCESS_GROUPS: servers.map((name) => `${name}=${join(stateFolder, name)}`).join(","),
  };
}

/** Each service enters its own database as a user that no other database lets in. */
export function databaseUrl(settings: Settings, name: string): string {
  return postgresUrl({ port: settings.ports.postgres, password: databasePassword }, name, name);
}

function s3Environment(settings: Settings): Record<string, string> {
  return {
    S3_ENDPOINT: `http://127.0.0.1:${settings.ports.s3}`,
    S3_ACCESS_KEY_ID: s3Credentials.accessKeyId,
    S3_SECRET_ACCESS_KEY: s3Credentials.secretAccessKey,
    S3_BUCKET: "models",
    S3_REGION: "us-east-1",
  };
}

/** What services inherit from the shell, so that `make run-all SOME_SETTING=…` reaches them; not what make and npm add. */
function inheritedEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|MAKE|MFLAGS|TEST_|TELEGRAM_|PORT_OFFSET$|PROFILE$|SERVICE$|ORDER$)/i.test(name),
  );
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
