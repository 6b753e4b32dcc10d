import type { Order, Report } from "./messages";
import { loadOtherVariants, serverVariants } from "./variants";

/** One server of one variant, as a process: `node server-process.js <variant>`. */
async function main(): Promise<void> {
  const name = process.argv[2] ?? "";
  const start = serverVariants[name as keyof typeof serverVariants];
  if (!start) throw new Error(`There is no server variant ${name}.`);
  const port = await start();
  await loadOtherVariants();
  const tell = (report: Report) => process.send?.(report);
  process.on("message", (order: Order) => {
    if (order.kind === "run") return;
    // Before what is measured, so that no sample pays for the garbage of another.
    if (order.kind === "cpu") global.gc?.();
    const { user, system } = process.cpuUsage();
    tell({ kind: "cpu", cpuUs: user + system });
  });
  process.once("disconnect", () => process.exit(0));
  tell({ kind: "ready", port });
}

void main();
