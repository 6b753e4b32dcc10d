import { rename } from "node:fs/promises";
import { join } from "node:path";
import { needCommand, run } from "../command";
import { ensureTool } from "./cache";

const version = "2.12.0";

/** The path of the toxiproxy server, which spoils connections on request; compiled from the Go module proxy the first time, in some ten seconds. */
export async function ensureToxiproxy(onLine?: (line: string) => void): Promise<string> {
  const folder = await ensureTool("toxiproxy", version, async (temporary) => {
    needCommand(
      "go",
      "build toxiproxy, which spoils connections in drills",
      "https://go.dev/dl or apt-get install golang",
    );
    const source = `github.com/Shopify/toxiproxy/v2/cmd/server@v${version}`;
    const env = {
      ...process.env,
      CGO_ENABLED: "0",
      GOBIN: join(temporary, "bin"),
      GOFLAGS: "-buildvcs=false",
    };
    await run("go", ["install", "-trimpath", "-ldflags=-s -w", source], { env, cwd: temporary, onLine });
    await rename(join(temporary, "bin", "server"), join(temporary, "toxiproxy"));
  });
  return join(folder, "toxiproxy");
}
