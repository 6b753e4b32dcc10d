// Regenerates the service that the overhead is measured with: `node src/bench/overhead/generate.mjs [output folder]`.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateService } from "../../tools/generate-service.mjs";

const here = dirname(fileURLToPath(import.meta.url));
await generateService({
  protoFolder: join(here, "proto"),
  file: "alexandrite/bench/v1/bench.proto",
  out: process.argv[2] ?? join(here, "gen"),
});
