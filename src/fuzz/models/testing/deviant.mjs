// A process that misbehaves as a reader might, in the case that its seed names: whoever watches has to notice.
import { openSync, writeSync } from "node:fs";

process.once("disconnect", () => process.exit(1));
process.once("message", ({ seed, from, to, statusFile }) => {
  const file = openSync(statusFile, "w");
  const status = Buffer.alloc(16);
  const kept = [];
  for (let n = from; n < to; n++) {
    status.writeDoubleLE(n, 0);
    status.writeDoubleLE(1_000, 8);
    writeSync(file, status, 0, 16, 0);
    if (n !== 3) continue;
    if (seed === 1) process.abort();
    if (seed === 2) for (;;) kept.push(Buffer.alloc(8 * 1024 * 1024, 1));
    if (seed === 3) for (;;);
  }
  process.send({ kind: "done", told: { PRICED: to - from }, cpuSeconds: 0 }, () => process.exit(0));
});
