import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { createInterface } from "node:readline";
import type { LogLine } from "./host";

const platform = dirname(__dirname);
const root = join(platform, "..", "..");

/** The platform's leaves compiled to JavaScript, for tests of whole processes and worker threads. */
export type Compiled = { dir: string; remove(): void };

/** Compiles the leaves and the fixture service; below node_modules, where packages are found. */
export async function compilePlatform(): Promise<Compiled> {
  // Loaded here, because every test imports this folder and few compile.
  const { transformFileSync } = await import("@swc/core");
  const cache = join(root, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const dir = mkdtempSync(join(cache, "alexandrite-fixture-"));
  writeFileSync(join(dir, "package.json"), '{"type":"commonjs"}');
  for (const folder of ["errors", "config", "telemetry", "lifecycle", "testing/fixtures"]) {
    for (const file of readdirSync(join(platform, folder))) {
      if (!file.endsWith(".ts") || file.endsWith(".test.ts")) continue;
      const source = join(platform, folder, file);
      const { code } = transformFileSync(source, {
        jsc: { target: "es2022", parser: { syntax: "typescript" } },
        module: { type: "commonjs" },
      });
      const target = join(dir, relative(platform, source).replace(/\.ts$/, ".js"));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, code);
    }
  }
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** A running fixture service. */
export type FixtureRun = {
  child: ChildProcess;
  lines: LogLine[];
  /** What it wrote that is no JSON line. */
  noise: string[];
  exited: Promise<number | null>;
  /** Waits for a line with this text. */
  line(text: string): Promise<LogLine>;
  /** Asks the admin port. */
  admin(path: string, init?: RequestInit): Promise<Response>;
};

/** Starts the fixture service with the preload, as services are started. */
export function runFixture({ dir }: Compiled, env: Record<string, string>): FixtureRun {
  const args = [
    "--require",
    join(dir, "telemetry", "preload.js"),
    join(dir, "testing", "fixtures", "service.js"),
  ];
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env["PATH"], ADMIN_PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: LogLine[] = [];
  const noise: string[] = [];
  const watchers = new Set<() => void>();
  createInterface({ input: child.stdout }).on("line", (text) => {
    if (text.startsWith("{")) lines.push(JSON.parse(text) as LogLine);
    else noise.push(text);
    for (const watcher of watchers) watcher();
  });
  createInterface({ input: child.stderr }).on("line", (text) => noise.push(text));
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));

  const line = (text: string) =>
    new Promise<LogLine>((resolve, reject) => {
      const fail = () =>
        reject(
          new Error(
            `No line "${text}". There was:\n${[...lines.map(({ msg }) => msg), ...noise].join("\n")}`,
          ),
        );
      const timer = setTimeout(fail, 15_000);
      const look = () => {
        const found = lines.find(({ msg }) => msg?.includes(text));
        if (!found) return;
        clearTimeout(timer);
        watchers.delete(look);
        resolve(found);
      };
      watchers.add(look);
      void exited.then(() => {
        look();
        if (watchers.has(look)) fail();
      });
      look();
    });
  return {
    child,
    lines,
    noise,
    exited,
    line,
    async admin(path, init) {
      const port = String((await line("admin port is open"))["admin_port"]);
      return fetch(`http://127.0.0.1:${port}${path}`, init);
    },
  };
}
