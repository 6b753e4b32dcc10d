import { clientVariants, loadOtherClients } from "./clients";
import type { Order, Report } from "./messages";
import { runLoad } from "./run-load";

/** One client of one variant, as a process: `node client-process.js <variant> <port>`. It is its own load. */
async function main(): Promise<void> {
  const [, , name = "", port = "0"] = process.argv;
  const open = clientVariants[name as keyof typeof clientVariants];
  if (!open) throw new Error(`There is no client variant ${name}.`);
  const call = await open(Number(port));
  await loadOtherClients();
  process.on("message", (order: Order) => {
    if (order.kind !== "run") return;
    void runLoad((sampled) => call(order.workload, sampled), order).then((report) => process.send?.(report));
  });
  process.once("disconnect", () => process.exit(0));
  process.send?.({ kind: "ready", port: 0 } satisfies Report);
}

void main();
