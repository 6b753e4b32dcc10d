import { readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findCommand, run } from "../command";
import { PlainError } from "../plain-error";
import { cachedTool, ensureTool } from "./cache";
import { buildGoModule } from "./go-module";

/** The paths of Prometheus' and Alertmanager's programs. Alertmanager is to be run in its own folder: Debian's reads its default templates there. */
export type PrometheusTools = {
  prometheus: string;
  promtool: string;
  alertmanager: string;
  amtool: string;
  from: "debian" | "path" | "go";
};

const packages = ["prometheus", "prometheus-alertmanager"];
const goVersions = { prometheus: "v0.315.0", alertmanager: "v0.28.1" };

/**
 * Finds the programs, or gets them: Debian's packages unpacked into the tools' cache (30 MB, seconds; nothing is installed), else those on PATH, else
 * built with Go, which takes minutes. Debian 12 has Prometheus 2.42 and Alertmanager 0.25. Throws one sentence when none of it works.
 */
export async function ensurePrometheus(onLine?: (line: string) => void): Promise<PrometheusTools> {
  if (findCommand("apt-get") && findCommand("dpkg-deb")) {
    try {
      const folder = await ensureTool("prometheus", unpackedVersion(), (into) => unpack(into, onLine));
      return { ...toolsIn(folder), from: "debian" };
    } catch (error) {
      onLine?.(`Debian's packages cannot be had: ${String(error).split("\n").at(-1)}`);
    }
  }
  const onPath = findAll();
  if (onPath) return { ...onPath, from: "path" };
  if (findCommand("go")) {
    const version = `go-${goVersions.prometheus}`;
    const folder = await ensureTool("prometheus", version, (into) => build(into, onLine));
    return { ...toolsIn(folder), from: "go" };
  }
  throw new PlainError(
    "Prometheus and Alertmanager are missing: install them (apt-get install prometheus prometheus-alertmanager), or Go to build them, and run the command again.",
  );
}

/** The programs where nothing has to be fetched or built for them. */
export function findPrometheus(): PrometheusTools | undefined {
  const unpacked = cachedTool("prometheus", unpackedVersion());
  if (unpacked) return { ...toolsIn(unpacked), from: "debian" };
  const onPath = findAll();
  if (onPath) return { ...onPath, from: "path" };
  const built = cachedTool("prometheus", `go-${goVersions.prometheus}`);
  return built === undefined ? undefined : { ...toolsIn(built), from: "go" };
}

function toolsIn(folder: string): Omit<PrometheusTools, "from"> {
  const at = (name: string): string => join(folder, name);
  return {
    prometheus: at("prometheus"),
    promtool: at("promtool"),
    alertmanager: at("alertmanager"),
    amtool: at("amtool"),
  };
}

function findAll(): Omit<PrometheusTools, "from"> | undefined {
  const [prometheus, promtool, amtool] = ["prometheus", "promtool", "amtool"].map(findCommand);
  const alertmanager = findCommand("alertmanager") ?? findCommand("prometheus-alertmanager");
  if (!prometheus || !promtool || !alertmanager || !amtool) return undefined;
  return { prometheus, promtool, alertmanager, amtool };
}

/** Which packages fit this machine, and that they were relocated, as a name of a folder: `debian-12-relocated`. */
function unpackedVersion(): string {
  const text = readFileSync("/etc/os-release", "utf8");
  const field = (name: string): string => new RegExp(`^${name}="?([^"\\n]*)`, "m").exec(text)?.[1] ?? "any";
  return `${field("ID")}-${field("VERSION_ID")}-relocated`;
}

async function unpack(folder: string, onLine?: (line: string) => void): Promise<void> {
  const download = (): Promise<string> =>
    run("apt-get", ["download", "-o", "APT::Sandbox::User=root", ...packages], { cwd: folder, onLine });
  try {
    await download();
  } catch (error) {
    // A fresh machine or image has no lists of packages, and only root may fetch them.
    if (process.getuid?.() !== 0) throw error;
    await run("apt-get", ["update"], { onLine });
    await download();
  }
  const tree = join(folder, "tree");
  for (const file of await readdir(folder)) {
    if (!file.endsWith(".deb")) continue;
    await run("dpkg-deb", ["-x", file, tree], { cwd: folder });
    await rm(join(folder, file));
  }
  const programs = { prometheus: "prometheus", promtool: "promtool", amtool: "amtool" };
  for (const [name, file] of Object.entries({ ...programs, alertmanager: "prometheus-alertmanager" }))
    await rename(join(tree, "usr/bin", file), join(folder, name));
  for (const name of ["default.tmpl", "email.tmpl"])
    await rename(join(tree, "usr/share/prometheus/alertmanager", name), join(folder, name));
  await relocate(join(folder, "alertmanager"), "/usr/share/prometheus/alertmanager");
  await rm(tree, { recursive: true });
}

/**
 * Has a program look in its working directory for what Debian put into `path`, which only an installed package has and no flag changes: the path, which
 * it holds once, is overwritten by one of the same length that leads nowhere else. Throws when it is not there exactly once.
 */
async function relocate(program: string, path: string): Promise<void> {
  const bytes = await readFile(program);
  const places: number[] = [];
  for (let at = bytes.indexOf(path); at !== -1; at = bytes.indexOf(path, at + 1))
    if (bytes[at + path.length] !== "/".charCodeAt(0)) places.push(at);
  const [place] = places;
  if (place === undefined || places.length > 1)
    throw new Error(`${path} is ${places.length} times in ${program}: this package is not known.`);
  bytes.write("./".repeat(path.length).slice(0, path.length), place, "latin1");
  await writeFile(program, bytes);
}

async function build(folder: string, onLine?: (line: string) => void): Promise<void> {
  await mkdir(folder, { recursive: true });
  await buildGoModule(
    {
      module: "github.com/prometheus/prometheus",
      version: goVersions.prometheus,
      commands: ["cmd/prometheus", "cmd/promtool"],
    },
    folder,
    onLine,
  );
  await buildGoModule(
    {
      module: "github.com/prometheus/alertmanager",
      version: goVersions.alertmanager,
      commands: ["cmd/alertmanager", "cmd/amtool"],
    },
    folder,
    onLine,
  );
}
