import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const compiled = join(__dirname, "../../dist/tools/close-on-signal.js");

/** Runs a program that opens things, ends it by SIGTERM once it has said "ready", and gives what it printed and its exit code. */
async function endedBySignal(program: string): Promise<{ said: string[]; code: unknown }> {
  const child = spawn(process.execPath, [
    "-e",
    `const { closeOnSignal } = require(${JSON.stringify(compiled)});
     const later = (text) => new Promise((resolve) => setTimeout(() => resolve(console.log(text)), 100));
     setInterval(() => {}, 1000);
     ${program}
     console.log("ready");`,
  ]);
  const said: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said.push(...text.trim().split("\n"));
    if (text.includes("ready")) child.kill("SIGTERM");
  });
  const [code] = (await once(child, "close")) as unknown[];
  return { said, code };
}

test("what was opened is closed, the newest first, and the exit code tells the signal", async () => {
  const ended = await endedBySignal(`
    closeOnSignal(() => later("place"));
    closeOnSignal(() => later("what is in it"));`);
  expect(ended).toEqual({ said: ["ready", "what is in it", "place"], code: 143 });
});

test("what cannot be closed keeps nothing else open", async () => {
  const ended = await endedBySignal(`
    closeOnSignal(() => later("place"));
    closeOnSignal(async () => { throw new Error("stuck") });`);
  expect(ended).toEqual({ said: ["ready", "place"], code: 143 });
});

test("what was taken back is not closed again, and with nothing open a signal ends as ever", async () => {
  const ended = await endedBySignal(`closeOnSignal(() => later("place"))();`);
  expect(ended).toEqual({ said: ["ready"], code: null });
});
