// `npm ci`, unless node_modules already holds what package-lock.json says.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Node.js ${process.versions.node} is too old: install version 20.19 or newer (https://nodejs.org).`,
  );
  process.exit(1);
}

const stamp = "node_modules/.alexandrite-lock";
const installed = "node_modules/.package-lock.json";
const lock = readFileSync("package-lock.json", "utf8");
const digest = createHash("sha256").update(lock).digest("hex");

/** npm's own list of what it installed; packages for other platforms are missing from it by right. */
function isComplete() {
  if (!existsSync(installed)) return false;
  const present = JSON.parse(readFileSync(installed, "utf8")).packages;
  return Object.entries(JSON.parse(lock).packages).every(
    ([path, wanted]) =>
      path === "" || (wanted.optional && !present[path]) || present[path]?.version === wanted.version,
  );
}

const stamped = existsSync(stamp) && readFileSync(stamp, "utf8") === digest;
if (!stamped || !existsSync(installed)) {
  if (!isComplete()) {
    console.log("Installing npm packages.");
    const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
      stdio: "inherit",
    });
    if (status !== 0) {
      console.error("npm ci failed: its own words are above.");
      process.exit(1);
    }
  }
  writeFileSync(stamp, digest);
}
