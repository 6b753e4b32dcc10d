import { setTimeout as sleep } from "node:timers/promises";
import { run } from "../command";
import { PlainError } from "../plain-error";
import { settleMs } from "../roll";
import { services } from "../service-table";

/** What `stop_grace_period` in docker-compose.yml says, in seconds. */
const graceSeconds = "30";
const healthyMs = 120_000;

/** Restarts the containers of a service, or of all, one after another, as `roll` does with processes. */
export async function rollContainers(wanted: string): Promise<void> {
  const names = wanted === "all" ? services.map(({ name }) => name) : [wanted];
  for (const service of names) {
    const containers = await containersOf(service);
    if (containers.length === 0 && wanted !== "all")
      throw new PlainError(`No container of ${service} runs: see make status.`);
    for (const container of containers) {
      const startedAt = Date.now();
      await run("docker", ["stop", "-t", graceSeconds, container]);
      await run("docker", ["start", container]);
      await untilHealthy(container);
      console.log(`${container}: ready after ${Date.now() - startedAt} ms`);
      await sleep(settleMs);
    }
  }
}

async function containersOf(service: string): Promise<string[]> {
  const filters = ["com.docker.compose.project=alexandrite", `com.docker.compose.service=${service}`];
  const labels = filters.flatMap((label) => ["--filter", `label=${label}`]);
  const names = await run("docker", ["ps", ...labels, "--format", "{{.Names}}"]);
  return names.split("\n").filter(Boolean).sort();
}

async function untilHealthy(container: string): Promise<void> {
  const until = Date.now() + healthyMs;
  for (;;) {
    const health = await run("docker", ["inspect", "--format", "{{.State.Health.Status}}", container]);
    if (health.trim() === "healthy") return;
    if (Date.now() > until)
      throw new PlainError(`${container} is ${health.trim()} after ${healthyMs / 1_000} s: make logs.`);
    await sleep(500);
  }
}
