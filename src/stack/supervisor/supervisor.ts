import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ProcessIdentity } from "../proc";
import type { ProcessSpec } from "../process-spec";
import type { RestartPolicy } from "../settings";
import type { Answer, ProcessReport, Request } from "./protocol";
import { SupervisedProcess } from "./supervised-process";

type Saved = { boot: string; processes: { report: ProcessReport; identity?: ProcessIdentity }[] };

/**
 * Owns processes by name and remembers them in `processes.json`, so that a successor finds them. It signals a process
 * only while pid and start time are those of the one it started.
 */
export class Supervisor {
  readonly #folder: string;
  readonly #note: (message: string, level?: "info" | "warn") => void;
  readonly #processes = new Map<string, SupervisedProcess>();
  #adopted = 0;

  constructor(folder: string, note: (message: string, level?: "info" | "warn") => void) {
    this.#folder = folder;
    this.#note = note;
    mkdirSync(join(folder, "logs"), { recursive: true });
    this.#adoptSaved();
  }

  get logs(): string[] {
    return [...this.#processes.values()].map((process) => process.log);
  }

  async handle(request: Request): Promise<Answer> {
    switch (request.verb) {
      case "report":
        return this.#answer();
      case "start":
        this.#start(request.spec, request.restart);
        return this.#answer();
      case "start again":
        this.#find(request.name).start();
        return this.#answer();
      case "forget":
        await this.#find(request.name).stop();
        this.#processes.delete(request.name);
        this.#save();
        return this.#answer();
      case "stop":
      case "kill":
      case "freeze":
      case "resume": {
        const process = this.#find(request.name);
        if (request.restart !== undefined) process.restart = request.restart;
        await process[request.verb]();
        return this.#answer();
      }
      case "shutdown":
        await this.shutdown();
        return this.#answer();
    }
  }

  /** Stops everything, the last stage first. */
  async shutdown(): Promise<void> {
    const all = [...this.#processes.values()];
    const stages = [...new Set(all.map((process) => process.spec.stage))].sort((a, b) => b - a);
    for (const stage of stages) {
      await Promise.all(
        all.filter((process) => process.spec.stage === stage).map((process) => process.stop()),
      );
    }
  }

  #start(spec: ProcessSpec, restart: RestartPolicy): void {
    const known = this.#processes.get(spec.name);
    if (known) known.restart = restart;
    const process = known ?? this.#add(spec, restart);
    process.start(spec);
  }

  #add(spec: ProcessSpec, restart: RestartPolicy): SupervisedProcess {
    const log = join(this.#folder, "logs", `${spec.name}.log`);
    const process = new SupervisedProcess(spec, restart, log, {
      onChange: () => this.#save(),
      note: this.#note,
    });
    this.#processes.set(spec.name, process);
    return process;
  }

  #find(name: string): SupervisedProcess {
    const process = this.#processes.get(name);
    if (process) return process;
    throw new Error(
      `There is no process ${name}; there are: ${[...this.#processes.keys()].join(", ") || "none"}.`,
    );
  }

  #answer(): Answer {
    const processes = [...this.#processes.values()].map((process) => process.report());
    return { ok: true, pid: process.pid, adopted: this.#adopted, processes };
  }

  #adoptSaved(): void {
    const path = this.#path();
    if (!existsSync(path)) return;
    const saved = JSON.parse(readFileSync(path, "utf8")) as Saved;
    for (const { report, identity } of saved.processes) {
      const process = this.#add(report.spec, report.restart);
      if (identity && saved.boot === bootId() && process.adopt(identity, report.state)) this.#adopted += 1;
    }
    if (this.#adopted > 0)
      this.#note(`took over ${this.#adopted} processes of a supervisor that died`, "warn");
  }

  #save(): void {
    const processes = [...this.#processes.values()].map((process) => ({
      report: process.report(),
      identity: process.identity,
    }));
    const saved: Saved = { boot: bootId(), processes };
    writeFileSync(`${this.#path()}.new`, JSON.stringify(saved), { mode: 0o600 });
    renameSync(`${this.#path()}.new`, this.#path());
  }

  #path(): string {
    return join(this.#folder, "processes.json");
  }
}

/** Start times count from boot: those of an earlier boot say nothing. */
function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}
