import { readFileSync } from "node:fs";
import { join } from "node:path";
import { serviceFlags } from "./node-flags";

test("the image runs services with the same flags as processes of this machine", () => {
  const dockerfile = readFileSync(join(__dirname, "../../Dockerfile"), "utf8");
  const entry = /^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? "[]";
  expect(JSON.parse(entry)).toEqual([
    "node",
    ...serviceFlags,
    "--require",
    "/app/dist/platform/telemetry/preload.js",
  ]);
});
