import { rename } from "node:fs/promises";
import { join } from "node:path";
import { needCommand, run } from "../command";
import { ensureTool } from "./cache";

const version = "1.8.0";

/** The path of the versitygw binary; compiled from the Go module proxy the first time. */
export async function ensureVersitygw(onLine?: (line: string) => void): Promise<string> {
  const folder = await ensureTool("versitygw", version, async (temporary) => {
    needCommand("go", "build versitygw, the S3 server", "https://go.dev/dl or apt-get install golang");
    const source = `github.com/versity/versitygw/cmd/versitygw@v${version}`;
    const env = {
      ...process.env,
      CGO_ENABLED: "0",
      GOBIN: join(temporary, "bin"),
      GOFLAGS: "-buildvcs=false",
    };
    await run("go", ["install", "-trimpath", "-ldflags=-s -w", source], { env, cwd: temporary, onLine });
    await rename(join(temporary, "bin", "versitygw"), join(temporary, "versitygw"));
  });
  return join(folder, "versitygw");
}
