import { join } from "node:path";
import { Command } from "commander";
import { loadSettings } from "../../stack/settings";
import { fillCertificateFolder } from "./certificate-folder";
import { subjects } from "./subjects";

/** The user of the containers (Dockerfile): keys are for their owner only, and root can give them away. */
const containerUser = { uid: 65_532, gid: 65_532 };

/** Makes or renews the certificates of all services, and says what it did. */
async function main(): Promise<void> {
  const options = new Command("certs")
    .option("--folder <folder>", "where they go; by default below the state folder")
    .option("--force", "make end certificates anew that still hold")
    .parse()
    .opts<{ folder?: string; force?: boolean }>();
  const folder = options.folder ?? join(loadSettings().stateFolder, "certs");
  const isRoot = process.getuid?.() === 0;
  const outcomes = await fillCertificateFolder(folder, {
    subjects,
    force: options.force ?? false,
    ...(isRoot && { owner: containerUser }),
  });
  for (const { name, done, notAfter } of outcomes)
    console.log(`${name.padEnd(10)} ${done.padEnd(8)} until ${notAfter.toISOString().slice(0, 10)}`);
  console.log(folder);
}

main().catch((error: Error) => {
  console.error(`No certificates: ${error.message}`);
  process.exit(1);
});
