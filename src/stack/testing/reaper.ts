import { spawn } from "node:child_process";

/** Ends processes and deletes a folder, whatever becomes of us. */
export type Reaper = {
  /** Tells it to end `pid` with `signal` (and with KILL five seconds later). */
  watch(pid: number, signal: "QUIT" | "KILL" | "TERM"): void;
  /** Does it now; resolves when all is gone. */
  stop(): Promise<void>;
};

// Reads "SIGNAL PID" lines; the end of its input is the end of whoever wrote them.
const script = `
trap '' INT TERM HUP
list=
while read -r signal pid; do list="$list $signal:$pid"; done
for entry in $list; do kill -s "\${entry%%:*}" "\${entry##*:}" 2>/dev/null; done
n=0
for entry in $list; do
  while kill -0 "\${entry##*:}" 2>/dev/null && [ $n -lt 50 ]; do n=$((n + 1)); sleep 0.1; done
  kill -s KILL "\${entry##*:}" 2>/dev/null
done
rm -rf "$1" || { sleep 1; rm -rf "$1"; }
`;

/** A shell of its own session that waits for our end: neither Ctrl-C nor SIGKILL of the test run can pass it by. */
export function startReaper(folder: string): Reaper {
  const shell = spawn("/bin/sh", ["-c", script, "reaper", folder], {
    detached: true,
    cwd: "/",
    stdio: ["pipe", "ignore", "ignore"],
  });
  const ended = new Promise<void>((resolve) => {
    shell.once("exit", () => resolve());
    shell.once("error", () => resolve());
  });
  shell.unref();
  return {
    watch: (pid, signal) => void shell.stdin.write(`${signal} ${pid}\n`),
    stop: async () => {
      shell.ref();
      shell.stdin.end();
      await ended;
    },
  };
}
