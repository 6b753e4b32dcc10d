// Copies what tsc leaves behind: the pages the gateway serves.
import { cpSync, existsSync, rmSync } from "node:fs";

if (existsSync("src/web")) {
  rmSync("dist/web", { recursive: true, force: true });
  cpSync("src/web", "dist/web", { recursive: true });
}
