import { AppError } from "../errors";
import type { Logger } from "../telemetry";
import type { Closable } from "./host";

/**
 * Everything that is to be closed. Loops go first, together; then resources one after another, the last opened first, because later ones
 * use earlier ones. One budget covers all: what does not close in time is named and left behind.
 */
export class Ownership {
  readonly #resources: { name: string; resource: Closable }[] = [];
  readonly #loops = new Map<Closable, string>();
  readonly #log: Logger;
  #closed = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Takes over a resource. After the stop has begun it is closed at once and the caller gets `cancelled`. */
  async own<T extends Closable>(pending: T | Promise<T>): Promise<T> {
    const resource = await pending;
    if (this.#closed) {
      await resource.close();
      throw new AppError({ category: "cancelled", reason: "STOPPING", message: "The service is stopping." });
    }
    this.#resources.push({ name: nameOf(resource), resource });
    return resource;
  }

  ownLoop<T extends Closable>(name: string, loop: T): T {
    this.#loops.set(loop, name);
    return loop;
  }

  disownLoop(loop: Closable): void {
    this.#loops.delete(loop);
  }

  /** Closes everything; returns the names of what failed or was late. Never throws. */
  async close(deadlineAt: number): Promise<string[]> {
    this.#closed = true;
    const left: string[] = [];
    await Promise.all(
      [...this.#loops].map(([loop, name]) => this.#close(`loop ${name}`, loop, deadlineAt, left)),
    );
    for (const { name, resource } of this.#resources.splice(0).reverse()) {
      await this.#close(name, resource, deadlineAt, left);
    }
    return left;
  }

  async #close(name: string, resource: Closable, deadlineAt: number, left: string[]): Promise<void> {
    const startedAt = performance.now();
    let timer: NodeJS.Timeout | undefined;
    // Even past the deadline each resource gets a moment: its close may do its most important part first.
    const budgetMs = Math.max(50, deadlineAt - Date.now());
    const late = new Promise<"late">((resolve) => (timer = setTimeout(() => resolve("late"), budgetMs)));
    try {
      const outcome = await Promise.race([resource.close(), late]);
      const ms = Math.round(performance.now() - startedAt);
      if (outcome === "late") {
        left.push(name);
        this.#log.warn({ resource: name, ms }, "resource did not close in time");
      } else {
        this.#log.debug({ resource: name, ms }, "resource closed");
      }
    } catch (error) {
      left.push(name);
      this.#log.warn({ resource: name, err: error }, "resource failed to close");
    } finally {
      clearTimeout(timer);
    }
  }
}

function nameOf(resource: Closable): string {
  const { name } = resource as { name?: unknown };
  if (typeof name === "string" && name !== "") return name;
  return resource.constructor.name === "Object" ? "resource" : resource.constructor.name;
}
