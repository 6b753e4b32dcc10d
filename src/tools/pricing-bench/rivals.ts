import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

/** What a tool says about a model, as far as it says it. */
export type Finding = { triangles: number; volume: number; watertight: boolean; bodies: number };

/** One way to measure a model, in a process of its own. */
export type Contender = {
  name: string;
  formats: readonly string[];
  command: (file: string, format: string) => string[];
  read: (stdout: string) => Finding;
  /** How far its volume may be off; admesh calculates in float32. */
  tolerance: number;
};

const TRIMESH = "5.2.0";
/** trimesh needs these for body counts and 3MF. */
const TRIMESH_PACKAGES = [`trimesh==${TRIMESH}`, "numpy", "scipy", "networkx", "lxml"];

const MEASURE_WITH_TRIMESH = `
import json, sys, trimesh
mesh = trimesh.load(sys.argv[1], file_type=sys.argv[2], force="mesh")
print(json.dumps(dict(triangles=len(mesh.faces), volume=float(mesh.volume), area=float(mesh.area),
  watertight=bool(mesh.is_watertight), bodies=int(mesh.body_count))))
`;

export function ours(childScript: string): Contender {
  return {
    name: "alexandrite",
    formats: ["stl", "obj", "3mf"],
    command: (file, format) => [process.execPath, childScript, file, format],
    read: (stdout) => JSON.parse(stdout) as Finding,
    tolerance: 1e-6,
  };
}

/** Debian's package, installed where that is possible; a sentence where it is not. */
export function findAdmesh(): Contender | string {
  if (!works("admesh", ["--version"])) {
    try {
      installPackage("admesh");
    } catch {
      return "admesh is missing: `apt-get install admesh` did not work";
    }
  }
  return {
    name: "admesh",
    formats: ["stl"],
    command: (file) => ["admesh", file],
    read: readAdmesh,
    tolerance: 1e-5,
  };
}

/** trimesh from PyPI in an environment of its own under `cache`; a sentence where that does not work. */
export function findTrimesh(cache: string): Contender | string {
  const folder = join(cache, `trimesh-${TRIMESH}`);
  const python = join(folder, "bin", "python");
  if (!existsSync(python) || !works(python, ["-c", "import trimesh, scipy, networkx, lxml"])) {
    try {
      mkdirSync(cache, { recursive: true });
      execFileSync("python3", ["-m", "venv", "--clear", folder], { stdio: "pipe" });
      execFileSync(python, ["-m", "pip", "install", "--quiet", ...TRIMESH_PACKAGES], { stdio: "pipe" });
    } catch {
      return `trimesh is missing: python3 with venv could not install trimesh ${TRIMESH} from PyPI into ${folder}`;
    }
  }
  return {
    name: "trimesh",
    formats: ["stl", "obj", "3mf"],
    command: (file, format) => [python, "-c", MEASURE_WITH_TRIMESH, file, format],
    read: (stdout) => JSON.parse(stdout) as Finding,
    tolerance: 1e-6,
  };
}

function readAdmesh(stdout: string): Finding {
  const number = (pattern: RegExp) => Number(pattern.exec(stdout)?.[1]);
  return {
    triangles: number(/Number of facets +: +(\d+)/),
    volume: number(/Volume +: +(-?[\d.]+)/),
    watertight: number(/Total disconnected facets +: +(\d+)/) === 0,
    bodies: number(/Number of parts +: +(\d+)/),
  };
}

export function works(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function installPackage(name: string): void {
  const install = () => execFileSync("apt-get", ["install", "-y", name], { stdio: "pipe" });
  try {
    install();
  } catch {
    execFileSync("apt-get", ["update"], { stdio: "pipe" });
    install();
  }
}
