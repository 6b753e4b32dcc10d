// Regenerates the service that the gRPC port is tested with: `node src/platform/grpc/testing/generate.mjs [output folder]`.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateService } from "../../../tools/generate-service.mjs";

const here = dirname(fileURLToPath(import.meta.url));
await generateService({
  protoFolder: join(here, "proto"),
  file: "alexandrite/testing/v1/testing.proto",
  out: process.argv[2] ?? join(here, "gen"),
});
