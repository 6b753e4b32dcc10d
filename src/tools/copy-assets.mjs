// Copies what tsc leaves behind: the pages the gateway serves, and the descriptors that the benchmark measures with.
import { cpSync, existsSync, rmSync } from "node:fs";

if (existsSync("src/web")) {
  rmSync("dist/web", { recursive: true, force: true });
  cpSync("src/web", "dist/web", { recursive: true });
}
cpSync("src/bench/overhead/gen/bench.binpb", "dist/bench/overhead/gen/bench.binpb");
