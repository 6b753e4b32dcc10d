// Regenerates everything that is derived from `proto/`: the ts-proto code and the descriptor set that servers carry
// for reflection, access rules and validation. `--check` fails when what is committed differs.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFileRegistry, fromBinary, getOption } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

const check = process.argv.includes("--check");
const out = check ? mkdtempSync(join(tmpdir(), "alexandrite-gen-")) : "src/gen";

const buf = (...args) =>
  execFileSync(process.execPath, ["node_modules/@bufbuild/buf/bin/buf", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, PATH: `${join(process.cwd(), "node_modules/.bin")}:${process.env.PATH}` },
  });

function files(folder, prefix = "") {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? files(join(folder, entry.name), `${prefix}${entry.name}/`)
      : [`${prefix}${entry.name}`],
  );
}

if (!check) rmSync(out, { recursive: true, force: true });
const template = readFileSync("buf.gen.yaml", "utf8").replace("out: src/gen", `out: ${out}`);
buf("generate", "--template", template);
// ts-proto also writes the files that only carry options; nothing imports them.
rmSync(join(out, "buf"), { recursive: true, force: true });
rmSync(join(out, "google/protobuf/descriptor.ts"), { force: true });
rmSync(join(out, "google/protobuf/field_mask.ts"), { force: true });
rmSync(join(out, "google/protobuf/duration.ts"), { force: true });
const image = buf("build", "--as-file-descriptor-set", "--exclude-source-info", "-o", "-");
const lines = image.toString("base64").match(/.{1,110}/g) ?? [];
mustDeclareAccess(image);
writeFileSync(
  join(out, "descriptors.ts"),
  `// Code generated from proto/ by src/tools/generate.mjs. DO NOT EDIT.\n\n/** Every message and service of proto/, as a serialized google.protobuf.FileDescriptorSet. */\n` +
    `export const descriptorSet: Uint8Array = Buffer.from(\n  [\n${lines.map((line) => `    "${line}",\n`).join("")}  ].join(""),\n  "base64",\n);\n`,
);

/** A method that does not say who may call it fails the build; the server's start would fail too, but later. */
function mustDeclareAccess(bytes) {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes));
  const access = registry.getExtension("alexandrite.platform.v1.access");
  const open = [...registry]
    .filter((type) => type.kind === "service" && type.typeName.startsWith("alexandrite."))
    .flatMap((service) => service.methods)
    .filter((method) => {
      const { anonymous, roles } = getOption(method, access);
      return !anonymous && roles.length === 0;
    })
    .map((method) => `${method.parent.typeName}/${method.name}`);
  if (open.length === 0) return;
  process.stderr.write(
    `These methods do not say who may call them: ${open.join(", ")}. Add option (alexandrite.platform.v1.access).\n`,
  );
  process.exit(1);
}

if (check) {
  const names = new Set([...files(out), ...files("src/gen")]);
  const read = (path) => (existsSync(path) ? readFileSync(path, "utf8") : undefined);
  const stale = [...names].filter((name) => read(join(out, name)) !== read(join("src/gen", name)));
  rmSync(out, { recursive: true, force: true });
  if (stale.length > 0) {
    process.stderr.write(`src/gen is not what proto/ generates: ${stale.join(", ")}. Run: make gen\n`);
    process.exit(1);
  }
}
