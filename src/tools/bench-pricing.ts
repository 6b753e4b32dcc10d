/**
 * Measures the pricing engine beside admesh and trimesh on the same files: CPU seconds and peak memory of a process
 * from its start to its end, interleaved, so that a busy machine is busy for all of them.
 *
 *   --runs N     how often each is measured (5)
 *   --large      our memory on 1,310,720 triangles too
 */
import { homedir } from "node:os";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "../services/pricing/geometry";
import { makeFiles, type BenchFile } from "./pricing-bench/files";
import { memoryRow, memoryTable, resultTable, spread, type Row } from "./pricing-bench/report";
import { findAdmesh, findTrimesh, ours, works, type Contender, type Finding } from "./pricing-bench/rivals";
import { runChild, type Usage } from "./pricing-bench/run-child";

const CACHE = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "alexandrite");
const CHILD = join(__dirname, "pricing-bench", "child.js");
const SUBDIVISIONS = 7;
const LARGE_SUBDIVISIONS = 8;
const TRIANGLES = 20 * 4 ** SUBDIVISIONS;

type Series = { file: BenchFile; contender: Contender; usages: Usage[] };

async function main(args: readonly string[]): Promise<void> {
  const runs = args.includes("--runs") ? Number(args[args.indexOf("--runs") + 1]) : 5;
  if (!Number.isInteger(runs) || runs < 1) throw new Error("--runs takes a whole number from 1");
  if (!works("python3", ["--version"]))
    throw new Error("python3 is missing: it counts the resources of the processes");

  const files = makeFiles(join(CACHE, "bench-pricing"), SUBDIVISIONS, DEFAULT_LIMITS.maxBytes);
  const own = ours(CHILD);
  const rivals = [findAdmesh(), findTrimesh(CACHE)];
  const missing = rivals.filter((rival) => typeof rival === "string");
  missing.forEach((sentence) => console.log(sentence));
  const contenders = [own, ...rivals.filter((rival) => typeof rival !== "string")];

  const series = files.flatMap((file) =>
    contenders
      .filter((contender) => contender.formats.includes(file.format))
      .map((contender): Series => ({ file, contender, usages: [] })),
  );
  const idle: Usage[] = [];
  for (let run = 1; run <= runs; run++) {
    console.log(`run ${run} of ${runs}`);
    idle.push(await runChild([process.execPath, CHILD]));
    for (const { file, contender, usages } of series) {
      usages.push(await runChild(contender.command(file.path, file.format)));
    }
  }
  const idleMiB = spread(idle.map((usage) => usage.peakMiB)).median;
  const disagreements = compare(series);

  const rows = series.map(toRow);
  const memory = series
    .filter(({ contender }) => contender === own)
    .map(({ file, usages }) => memoryRow(file, Math.max(...usages.map((usage) => usage.peakMiB)), idleMiB));
  if (args.includes("--large")) {
    for (const file of makeFiles(join(CACHE, "bench-pricing"), LARGE_SUBDIVISIONS, DEFAULT_LIMITS.maxBytes)) {
      const usage = await runChild(own.command(file.path, file.format));
      memory.push(memoryRow({ ...file, label: `${file.label}, large` }, usage.peakMiB, idleMiB));
    }
  }

  console.log(
    `\n${TRIANGLES} triangles: triangles, volume, area, watertight, bodies; ${runs} runs, interleaved\n`,
  );
  console.log(resultTable(rows));
  console.log(`\nOurs above an idle child (${idleMiB.toFixed(0)} MiB)\n`);
  console.log(memoryTable(memory));
  disagreements.forEach((sentence) => console.log(sentence));
  console.log(
    JSON.stringify({ triangles: TRIANGLES, runs, idleMiB, results: rows, memory, missing, disagreements }),
  );
  if (disagreements.length > 0 || memory.some((row) => !row.within)) process.exitCode = 1;
}

/** Speed is worth nothing where the answers differ. */
function compare(series: readonly Series[]): string[] {
  return series.flatMap(({ file, contender, usages }) => {
    const wanted = series.find((other) => other.file === file)!;
    const [finding, reference] = [
      contender.read(usages[0]!.stdout),
      wanted.contender.read(wanted.usages[0]!.stdout),
    ];
    return agree(finding, reference, contender.tolerance)
      ? []
      : [
          `${contender.name} on ${file.label}: ${JSON.stringify(finding)}, ours: ${JSON.stringify(reference)}`,
        ];
  });
}

function agree(a: Finding, b: Finding, tolerance: number): boolean {
  const sameVolume = Math.abs(a.volume - b.volume) <= tolerance * Math.abs(b.volume);
  return sameVolume && a.triangles === b.triangles && a.watertight === b.watertight && a.bodies === b.bodies;
}

function toRow({ file, contender, usages }: Series): Row {
  return {
    file: file.label,
    tool: contender.name,
    bytes: file.bytes,
    cpuSeconds: spread(usages.map((usage) => usage.cpuSeconds)),
    peakMiB: spread(usages.map((usage) => usage.peakMiB)),
  };
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
