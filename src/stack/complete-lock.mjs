// `npm install` on a machine whose registry does not offer every platform's binaries writes a package-lock.json without
// them, and `npm ci` then refuses that lock ("Missing: @swc/core-darwin-arm64@ from lock file", npm 11.19). This adds
// them as what they are: optional packages of other platforms, in the version their parent asks for.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
const systems = [
  "darwin",
  "linux",
  "win32",
  "android",
  "freebsd",
  "netbsd",
  "openbsd",
  "openharmony",
  "sunos",
  "aix",
];
const processors = {
  arm64: "arm64",
  aarch64: "arm64",
  x64: "x64",
  ia32: "ia32",
  arm: "arm",
  ppc64: "ppc64",
  s390x: "s390x",
  riscv64: "riscv64",
  loong64: "loong64",
  wasm32: "wasm32",
};

const { stderr } = spawnSync("npm", ["ci", "--dry-run"], { encoding: "utf8" });
const missing = [...stderr.matchAll(/Missing: (\S+)@ from lock file/g)].map((match) => match[1]);
for (const name of missing) {
  const parent = Object.values(lock.packages).find((candidate) => candidate.optionalDependencies?.[name]);
  const platform = name.slice(name.indexOf("/") + 1);
  const os = systems.find((system) => platform.includes(system));
  const cpu = processors[Object.keys(processors).find((processor) => platform.includes(processor))];
  if (!parent || !os || !cpu)
    throw new Error(`${name} is missing, and no optional package of another platform`);
  const libc =
    os !== "linux"
      ? undefined
      : platform.includes("musl")
        ? ["musl"]
        : platform.includes("gnu")
          ? ["glibc"]
          : undefined;
  lock.packages[`node_modules/${name}`] = {
    version: parent.optionalDependencies[name],
    cpu: [cpu],
    ...(parent.dev ? { dev: true } : {}),
    ...(libc ? { libc } : {}),
    optional: true,
    os: [os],
  };
}
const { "": root, ...packages } = lock.packages;
const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, "en"));
lock.packages = { "": root, ...Object.fromEntries(sorted) };
writeFileSync("package-lock.json", `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${missing.length} packages added to package-lock.json`);
