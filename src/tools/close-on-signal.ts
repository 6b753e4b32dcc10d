import { constants } from "node:os";

type Close = () => Promise<unknown>;

const signals = ["SIGINT", "SIGTERM"] as const;
const open = new Set<Close>();
let isEnding = false;

/**
 * Closes what a tool has opened when it is ended by Ctrl-C or SIGTERM: the newest first, each once; then the process ends with 128 + the signal's number, as shells tell
 * it. What a close throws is printed and keeps no other from closing. Further signals meanwhile change nothing. Returns what takes it back, for whoever closes by itself.
 */
export function closeOnSignal(close: Close): () => void {
  if (open.size === 0) for (const signal of signals) process.on(signal, end);
  open.add(close);
  return () => {
    open.delete(close);
    if (open.size === 0 && !isEnding) for (const signal of signals) process.off(signal, end);
  };
}

function end(signal: (typeof signals)[number]): void {
  if (isEnding) return;
  isEnding = true;
  console.error(`${signal}: closing what was opened.`);
  void closeAll().then(() => process.exit(128 + constants.signals[signal]));
}

async function closeAll(): Promise<void> {
  for (const close of [...open].reverse()) await close().catch((error: unknown) => console.error(error));
}
