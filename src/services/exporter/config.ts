import { z } from "zod";
import { type ConfigOf, defineConfig, text, variable } from "../../platform/config";
import { kafkaConfig } from "../../platform/kafka";
import { monitorConfig } from "../../platform/postgres";
import { s3Config } from "../../platform/s3";

/** What there is to collect; where the field's own exporters run, only what they leave out is switched on. */
export const collectorNames = [
  "postgres",
  "statements",
  "kafka",
  "kafka_age",
  "s3",
  "host",
  "processes",
] as const;
export type CollectorName = (typeof collectorNames)[number];

const isCollector = (name: string): name is CollectorName =>
  (collectorNames as readonly string[]).includes(name);

const collectors = z
  .string()
  .transform((value) => value.split(",").map((name) => name.trim()))
  .refine((names): names is CollectorName[] => names.every(isCollector), {
    message: `must be some of ${collectorNames.join(", ")}, separated by commas`,
  });

/** `name=text,…`; a process belongs to the first name whose text its command line holds. */
const processGroups = z
  .string()
  .transform((value) => value.split(",").filter((each) => each !== ""))
  .refine(
    (pairs) => pairs.every((each) => /^\w+=./.test(each)),
    "must be name=text, several separated by commas",
  )
  .transform((pairs) =>
    pairs.map((each) => ({
      name: each.slice(0, each.indexOf("=")),
      text: each.slice(each.indexOf("=") + 1),
    })),
  );

const shape = {
  postgres: monitorConfig,
  kafka: kafkaConfig,
  s3: s3Config,
  collectors: variable("EXPORT", collectors, {
    default: collectorNames.join(","),
    description: `what is collected: some of ${collectorNames.join(", ")}`,
  }),
  dataFolder: variable("DATA_FOLDER", text, {
    default: ".",
    description: "a folder of the file system whose free space is told",
  }),
  processGroups: variable("PROCESS_GROUPS", processGroups, {
    default: "",
    description: "name=text of servers whose processes are told of, by a text that their command lines hold",
  }),
};

export const loadExporterConfig = defineConfig(shape);
export type ExporterConfig = ConfigOf<typeof shape>;
