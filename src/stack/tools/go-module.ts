import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { needCommand, run } from "../command";

/** Programs of a Go module, by their folders in it. */
export type GoPrograms = { module: string; version: string; commands: readonly string[] };

/**
 * Builds programs of a Go module into `folder`, each under its folder's name. `go install` refuses a module whose go.mod replaces others, so this builds
 * from a module of its own that has the same requirements and replacements. Takes minutes for a large one; needs Go and the module proxy.
 */
export async function buildGoModule(
  { module, version, commands }: GoPrograms,
  folder: string,
  onLine?: (line: string) => void,
): Promise<void> {
  needCommand("go", `build ${module}`, "https://go.dev/dl or apt-get install golang");
  const work = join(folder, "module");
  await mkdir(work, { recursive: true });
  const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false -mod=mod" };
  const options = { cwd: work, env, onLine };
  const told = await run("go", ["mod", "download", "-json", `${module}@${version}`], { cwd: folder, env });
  const { GoMod, Dir } = JSON.parse(told) as { GoMod: string; Dir: string };
  const requirements = (await readFile(GoMod, "utf8")).replace(
    /^module .*$/m,
    "module alexandrite.local/build",
  );
  await writeFile(join(work, "go.mod"), `${requirements}\nrequire ${module} ${version}\n`);
  await copyFile(join(Dir, "go.sum"), join(work, "go.sum"));
  for (const command of commands) {
    const target = join(folder, basename(command));
    await run("go", ["build", "-trimpath", "-ldflags=-s -w", "-o", target, `${module}/${command}`], options);
  }
  await rm(work, { recursive: true });
}
