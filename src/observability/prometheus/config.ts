import { stringify } from "yaml";
import { drillSeconds } from "../drill-profile";

export type Profile = "normal" | "drill";

/** A process that is not one of the services and is scraped all the same. */
export type OtherTarget = { service: string; address: string };

/** Where Prometheus runs; what it scrapes and which rules it evaluates is the same. */
export type Runtime =
  | { kind: "docker" }
  | {
      kind: "local";
      profile: Profile;
      /** Holds `rules` and `alerts`, see `writeRuleFiles`. */
      rulesFolder: string;
      /** What `scrapeTargets` made; Prometheus reads it again when it changes. */
      targetsFile: string;
      /** `host:port` of Alertmanager. */
      alertmanager: string;
      others: readonly OtherTarget[];
    };

const scrapeSeconds = 5;

/** The admin ports of the services, by the names that their containers have. */
const containers = [
  ["gateway", 9101],
  ["shop", 9102],
  ["crm", 9103],
  ["mes", 9104],
  ["mes-operator", 9105],
  ["mes-worker", 9106],
  ["pricing", 9107],
  ["products", 9108],
  ["payments", 9109],
  ["exporter", 9110],
] as const;

const otherContainers: readonly OtherTarget[] = [
  { service: "postgres", address: "postgres-exporter:9187" },
  { service: "kafka", address: "kafka-exporter:9308" },
  { service: "jaeger", address: "jaeger:8888" },
  { service: "alertmanager", address: "alertmanager:9093" },
  { service: "prometheus", address: "localhost:9090" },
];

/**
 * The text of `prometheus.yml`: both ways to run the system have it from here. Services are the job `alexandrite`, each other program is a job of its
 * own name; every series has `service` and `instance`. Valid for Prometheus 2.42 and 3.
 */
export function prometheusConfig(runtime: Runtime): string {
  const docker = runtime.kind === "docker";
  const rulesFolder = docker ? "/etc/prometheus" : runtime.rulesFolder;
  const drill = !docker && runtime.profile === "drill";
  const interval = `${drill ? drillSeconds(scrapeSeconds, "scrape") : scrapeSeconds}s`;
  const timeout = `${drill ? 2 : scrapeSeconds - 1}s`;
  return stringify(
    {
      global: { scrape_interval: interval, scrape_timeout: timeout, evaluation_interval: interval },
      rule_files: [`${rulesFolder}/rules/*.yml`, `${rulesFolder}/alerts/*.yml`],
      alerting: {
        alertmanagers: [
          { static_configs: [{ targets: [docker ? "alertmanager:9093" : runtime.alertmanager] }] },
        ],
      },
      scrape_configs: [
        docker ? servicesByName() : servicesByFile(runtime.targetsFile),
        ...(docker ? otherContainers : runtime.others).map(scrapeOther),
      ],
    },
    { lineWidth: 110 },
  );
}

/** The text of the file that names the services' processes to a local Prometheus. `instance` is the process's name: `shop-2`. */
export function scrapeTargets(
  processes: readonly { service: string; instance: string; address: string }[],
): string {
  const groups = processes.map(({ service, instance, address }) => ({
    targets: [address],
    labels: { service, instance },
  }));
  return `${JSON.stringify(groups, null, 2)}\n`;
}

/** All containers of a service, however many there are. A service without any has no targets at all: ServiceDown sees to that. */
function servicesByName(): object {
  return {
    job_name: "alexandrite",
    dns_sd_configs: containers.map(([name, port]) => ({
      names: [name],
      type: "A",
      port,
      refresh_interval: "10s",
    })),
    relabel_configs: [{ source_labels: ["__meta_dns_name"], target_label: "service" }],
  };
}

function servicesByFile(path: string): object {
  return { job_name: "alexandrite", file_sd_configs: [{ files: [path], refresh_interval: "30s" }] };
}

function scrapeOther({ service, address }: OtherTarget): object {
  return { job_name: service, static_configs: [{ targets: [address], labels: { service } }] };
}
