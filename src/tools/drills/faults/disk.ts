import { chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../../stack/command";
import type { Act, Site } from "../types";
import { connect, once } from "./databases";
import { startedWith } from "./processes";

const megabytes = 64;
let folder = "";

/**
 * A small disk of its own for PostgreSQL, with a tablespace on it, and the exporter told to watch it. It stands for the disk of the whole database, which no drill may
 * fill: that one also holds everything else of this machine. Needs the right to mount a tmpfs.
 */
export const smallDisk: Act = async (site, undo) => {
  folder = mkdtempSync(join(tmpdir(), "alexandrite-disk-"));
  undo.add("remove the disk's folder", async () => rmSync(folder, { recursive: true, force: true }));
  await run("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0755`, "tmpfs", folder]).catch(
    (error: Error) => {
      throw new Error(
        `a full disk cannot be played here: mounting a tmpfs is not allowed (${error.message})`,
      );
    },
  );
  undo.add("unmount the disk", () => run("umount", [folder]));
  const place = join(folder, "tablespace");
  mkdirSync(place, { mode: 0o700 });
  if (process.getuid?.() === 0) chownSync(place, 65534, 65534);
  undo.add("drop the tablespace", () => once(site, "postgres", "DROP TABLESPACE IF EXISTS drill"));
  await once(site, "postgres", `CREATE TABLESPACE drill LOCATION '${place}'`);
  await startedWith("exporter", () => ({ DATA_FOLDER: folder }))(site, undo);
};

/** Writes into a table on the small disk until PostgreSQL says that there is no space left. */
export const fillDisk: Act = async (site, undo) => {
  undo.add("drop the table", () => once(site, "postgres", "DROP TABLE IF EXISTS drill"));
  await once(site, "postgres", "CREATE TABLE drill (filling text STORAGE EXTERNAL) TABLESPACE drill");
  await fill(site);
};

async function fill(site: Site): Promise<void> {
  const client = await connect(site, "postgres");
  try {
    for (;;)
      await client.query(
        "INSERT INTO drill SELECT repeat(md5(n::text), 200) FROM generate_series(1, 500) AS n",
      );
  } catch (error) {
    // 53100: disk_full.
    if ((error as { code?: string }).code !== "53100") throw error;
    site.say(`PostgreSQL says: ${(error as Error).message}`);
  } finally {
    await client.end();
  }
}
