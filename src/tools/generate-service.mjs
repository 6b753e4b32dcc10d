// Generates the TypeScript and the descriptors of one proto file that is not part of the product: services of tests and benchmarks.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import prettier from "prettier";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** Writes `<name>.ts` and `<name>.binpb` of `file` (a path below `protoFolder`) into `out`. */
export async function generateService({ protoFolder, file, out }) {
  const name = basename(file, ".proto");
  const work = mkdtempSync(join(tmpdir(), "alexandrite-service-gen-"));
  try {
    // The file imports the options and rules of the real ones, so it is built beside them.
    cpSync(join(root, "proto"), join(work, "proto"), { recursive: true });
    cpSync(protoFolder, join(work, "proto"), { recursive: true });
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
    const source = readFileSync(join(work, "gen", file.replace(".proto", ".ts")), "utf8");
    const style = await prettier.resolveConfig(join(root, "package.json"));
    writeFileSync(join(out, `${name}.ts`), await prettier.format(source, { ...style, parser: "typescript" }));
    writeFileSync(join(out, `${name}.binpb`), image);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
