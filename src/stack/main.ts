import { join } from "node:path";
import { Command } from "commander";
import { build } from "./build";
import { clean, control, restartOne, showStatus, startOne, stopAll } from "./control";
import { rollContainers } from "./docker/roll-containers";
import { logQuery, showLogs, showPipedLogs } from "./logs/show-logs";
import { PlainError } from "./plain-error";
import { roll } from "./roll";
import { writeComposeEnv } from "./secrets";
import { loadSettings, type Settings } from "./settings";
import { summary } from "./summary";
import { installTelemetry, writeContainerConfig } from "./telemetry";
import { up, upKafka, upTelemetry } from "./up";

const program = new Command("stack").description("Runs Alexandrite on this machine without Docker.");

program
  .command("up")
  .description("start everything that does not run")
  .action(() => up(loadSettings()));
program
  .command("kafka")
  .description("start the broker with its topics")
  .action(() => upKafka(loadSettings()));
program
  .command("telemetry")
  .description("start what watches the system, or have it read its configuration again (PROFILE=drill)")
  .action(() => upTelemetry(loadSettings()));
program
  .command("telemetry-tools <settings>", { hidden: true })
  .action((settings: string) => installTelemetry(JSON.parse(settings) as Settings));
program
  .command("status")
  .description("what runs, and its memory")
  .option("--json", "for programs")
  .action((options: { json?: boolean }) => showStatus(loadSettings(), options.json ?? false));
program
  .command("stop [names...]")
  .description("stop the named processes, or everything")
  .action((names: string[]) =>
    names.length === 0
      ? stopAll(loadSettings())
      : each(names, (name) => control(loadSettings(), "stop", name)),
  );
for (const [verb, description] of [
  ["kill", "SIGKILL to a process and its children"],
  ["freeze", "SIGSTOP"],
  ["resume", "SIGCONT"],
] as const) {
  program
    .command(`${verb} <names...>`)
    .description(description)
    .action((names: string[]) => each(names, (name) => control(loadSettings(), verb, name)));
}
program
  .command("start <names...>")
  .description("start processes that do not run; pricing-2 is a second instance of pricing")
  .action((names: string[]) => each(names, (name) => startOne(loadSettings(), name)));
program
  .command("restart <names...>")
  .description("stop, then start")
  .action((names: string[]) => each(names, (name) => restartOne(loadSettings(), name)));
program
  .command("roll <services...>")
  .description("restart all instances of a service, one after another; all: of every service")
  .action((names: string[]) => each(names, (name) => roll(loadSettings(), name)));
program
  .command("roll-containers <services...>")
  .description("the same with the containers of docker compose")
  .action((names: string[]) => each(names, rollContainers));
program
  .command("logs")
  .description("the logs of all processes (ORDER=, SERVICE=, LEVEL=, LINES=, FOLLOW=1)")
  .option("--stdin", "format the output of docker compose logs")
  .action(async (options: { stdin?: boolean }) => {
    const query = logQuery(process.env, process.stdout.isTTY ?? false);
    const print = (line: string): void => void process.stdout.write(`${line}\n`);
    if (options.stdin) await showPipedLogs(process.stdin, query, print);
    else await showLogs(join(loadSettings().stateFolder, "logs"), query, print);
  });
program
  .command("build")
  .description("compile src to dist")
  .action(async () => console.log(await build(loadSettings().root)));
program
  .command("clean")
  .description("remove build and state")
  .action(() => clean(loadSettings()));

program
  .command("compose-env")
  .description("write the service keys and Alertmanager's configuration for docker compose")
  .action(() => {
    const settings = loadSettings();
    writeComposeEnv(settings.stateFolder);
    writeContainerConfig(settings);
  });
program
  .command("urls")
  .description("what is where")
  .action(() => console.log(summary(loadSettings())));

async function each(names: string[], act: (name: string) => Promise<void>): Promise<void> {
  for (const name of names) await act(name);
}

// `make logs | head` closes the pipe: that is an end, not a fault.
process.stdout.on("error", () => process.exit(0));
program.parseAsync().catch((error: unknown) => {
  console.error(error instanceof PlainError ? `\n${error.message}` : error);
  process.exitCode = 1;
});
