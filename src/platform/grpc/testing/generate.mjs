// Regenerates the service that the gRPC port is tested with: `node src/platform/grpc/testing/generate.mjs [output folder]`.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import prettier from "prettier";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../../../..");
const out = process.argv[2] ?? join(here, "gen");
const work = mkdtempSync(join(tmpdir(), "alexandrite-testing-gen-"));
const file = "alexandrite/testing/v1/testing.proto";

try {
  // The test's proto imports the options and rules of the real ones, so it is built beside them.
  cpSync(join(root, "proto"), join(work, "proto"), { recursive: true });
  cpSync(join(here, "proto"), join(work, "proto"), { recursive: true });
  cpSync(join(root, "buf.yaml"), join(work, "buf.yaml"));
  const template = readFileSync(join(root, "buf.gen.yaml"), "utf8")
    .replace("out: src/gen", `out: ${work}/gen`)
    .replace("protoc-gen-ts_proto", join(root, "node_modules/.bin/protoc-gen-ts_proto"))
    .replace("- proto/alexandrite", `- proto/${file}`);
  const buf = (...args) =>
    execFileSync(process.execPath, [join(root, "node_modules/@bufbuild/buf/bin/buf"), ...args], {
      cwd: work,
      stdio: ["ignore", "pipe", "inherit"],
    });
  buf("generate", "--template", template);
  const image = buf(
    "build",
    "--as-file-descriptor-set",
    "--exclude-source-info",
    "--path",
    `proto/${file}`,
    "-o",
    "-",
  );
  mkdirSync(out, { recursive: true });
  const write = async (name, content) =>
    writeFileSync(
      join(out, name),
      await prettier.format(content, {
        ...(await prettier.resolveConfig(join(root, "package.json"))),
        parser: "typescript",
      }),
    );
  await write("testing.ts", readFileSync(join(work, "gen", file.replace(".proto", ".ts")), "utf8"));
  writeFileSync(join(out, "testing.binpb"), image);
} finally {
  rmSync(work, { recursive: true, force: true });
}
