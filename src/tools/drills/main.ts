/**
 * Injects real faults into a running system and reads what is announced.
 *
 *   node dist/tools/drills/main.js            lists the drills
 *   node dist/tools/drills/main.js a b        plays these
 *   node dist/tools/drills/main.js --all      plays all
 *
 * The system runs with the durations of drills (PROFILE=drill); it is started when it does not. The last line is JSON; the exit code is 1 when a drill did not pass.
 */
import { Command } from "commander";
import { loadSettings, type Settings } from "../../stack/settings";
import { formatTable } from "../../stack/status";
import { up } from "../../stack/up";
import { closeOnSignal } from "../close-on-signal";
import { playDrills } from "./play-drills";
import { drills } from "./table";
import type { Undo } from "./undo";

async function main(): Promise<number> {
  const program = new Command("drills")
    .argument("[names...]", "which")
    .option("--all", "every drill")
    .option("--except <names>", "of all, not these, separated by commas", "")
    .parse();
  const { all, except } = program.opts<{ all?: boolean; except: string }>();
  const wanted = all
    ? drills.filter(({ name }) => !except.split(",").includes(name))
    : program.args.map(drillOf);
  if (wanted.length === 0) {
    console.log(formatTable([["DRILL", "ALERT", "OF", "WHAT IS DONE"], ...drills.map(rowOf)]));
    return 0;
  }
  const settings: Settings = loadSettings({ ...process.env, PROFILE: "drill" });
  await up(settings);
  const undos = new Set<Undo>();
  closeOnSignal(() => Promise.all([...undos].reverse().map((undo) => undo.run())));
  const results = await playDrills(wanted, settings, (line) => console.log(line), undos);
  const shown = results.map(({ name, alert, detect_s, resolve_s, passed, why }) => [
    name,
    alert,
    detect_s === undefined ? "-" : `${detect_s} s`,
    resolve_s === undefined ? "-" : `${resolve_s} s`,
    passed ? "passed" : `FAILED: ${why}`,
  ]);
  console.log(`\n${formatTable([["DRILL", "ALERT", "DETECTED", "RESOLVED", ""], ...shown])}\n`);
  const passed = results.filter((result) => result.passed).length;
  console.log(
    JSON.stringify({
      drills: results.length,
      passed,
      results: results.map(({ name, alert, detect_s = null, resolve_s = null }) => ({
        name,
        alert,
        detect_s,
        resolve_s,
      })),
    }),
  );
  return passed === results.length ? 0 : 1;
}

function drillOf(name: string) {
  const drill = drills.find((candidate) => candidate.name === name);
  if (!drill) throw new Error(`There is no drill ${name}; \`make drill\` lists them.`);
  return drill;
}

function rowOf({ name, alert, service, does }: (typeof drills)[number]): string[] {
  return [name, alert, service, does];
}

main().then(
  (code) => process.exit(code),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
