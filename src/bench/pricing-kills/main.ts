/**
 * Whether pricing workers may die and freeze: nothing lost, nothing doubled, nothing stale accepted.
 *
 *   --kills N      workers ended with SIGKILL (3,000)
 *   --freezes N    workers stopped beyond their lease and let go on (1,000)
 *   --workers N    workers in a process (8)
 *   --lanes N      processes killed side by side (2)
 *   --seed N       (1)
 *
 * The last line is JSON; the exit code is 1 when something did not hold.
 */
import { parseArgs } from "node:util";
import { startEventServers } from "../events/servers";
import { wholeNumber } from "../../tools/whole-number";
import { runPricingKills } from "./pricing-kills";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      kills: { type: "string", default: "3000" },
      freezes: { type: "string", default: "1000" },
      workers: { type: "string", default: "8" },
      lanes: { type: "string", default: "2" },
      seed: { type: "string", default: "1" },
    },
  });
  const servers = await startEventServers({ durable: false });
  try {
    const report = await runPricingKills({
      databaseUrl: await servers.createDatabase("mes"),
      brokers: servers.brokers,
      kills: wholeNumber("--kills", values.kills),
      freezes: wholeNumber("--freezes", values.freezes),
      workersPerProcess: wholeNumber("--workers", values.workers),
      lanes: wholeNumber("--lanes", values.lanes),
      seed: wholeNumber("--seed", values.seed),
      progress: (line) => console.log(line),
    });
    for (const breach of report.breaches) console.error(breach);
    console.log(JSON.stringify(report));
    if (report.breaches.length > 0) process.exitCode = 1;
  } finally {
    await servers.stop();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
