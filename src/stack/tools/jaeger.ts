import { join } from "node:path";
import { cachedTool, ensureTool } from "./cache";
import { buildGoModule } from "./go-module";

const version = "1.76.0";

/** The path of Jaeger's program (version 2's code), built with Go the first time: 80 MB, measured 300 s on two cores. Its pages are not in it: they need npm and are in the images only. */
export async function ensureJaeger(onLine?: (line: string) => void): Promise<string> {
  const folder = await ensureTool("jaeger", version, (into) =>
    buildGoModule(
      { module: "github.com/jaegertracing/jaeger", version: `v${version}`, commands: ["cmd/jaeger"] },
      into,
      onLine,
    ),
  );
  return join(folder, "jaeger");
}

/** The program's path when it has been built before. */
export function findJaeger(): string | undefined {
  const folder = cachedTool("jaeger", version);
  return folder && join(folder, "jaeger");
}
