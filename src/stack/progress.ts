/** Shows what goes on at the same time: lines that change on a terminal, one line per event elsewhere. */
export type Progress = {
  /** Runs `work` under `name`. What `work` returns is shown behind the time it took. */
  task(name: string, work: (report: (doing: string) => void) => Promise<string>): Promise<void>;
  /** Ends the display; call it when the tasks are settled. */
  close(): void;
};

type Task = {
  name: string;
  startedAt: number;
  doing: string;
  shownAt: number;
  result?: { mark: "✓" | "✗"; text: string; ms: number };
};

/** Without a terminal a running task says every so often what it is at. */
const heartbeatMs = 15_000;

export function createProgress(stream: NodeJS.WriteStream = process.stdout): Progress {
  const tasks: Task[] = [];
  let drawn = 0;
  const line = (task: Task): string => {
    const { mark, text, ms } = task.result ?? {
      mark: "…",
      text: task.doing,
      ms: Date.now() - task.startedAt,
    };
    return `  ${mark} ${task.name.padEnd(13)} ${seconds(ms).padStart(8)}  ${text}`;
  };
  const draw = (): void => {
    if (!stream.isTTY) return;
    const width = (stream.columns ?? 100) - 1;
    if (drawn > 0) stream.write(`\x1b[${drawn}A`);
    for (const task of tasks) stream.write(`\x1b[2K${line(task).slice(0, width)}\n`);
    drawn = tasks.length;
  };
  const beat = (): void => {
    if (stream.isTTY) return draw();
    for (const task of tasks) {
      if (task.result || Date.now() - task.shownAt < heartbeatMs) continue;
      task.shownAt = Date.now();
      stream.write(`${line(task)}\n`);
    }
  };
  const timer = setInterval(beat, stream.isTTY ? 120 : 1_000);

  return {
    task: async (name, work) => {
      const task: Task = { name, startedAt: Date.now(), doing: "", shownAt: Date.now() };
      tasks.push(task);
      draw();
      const end = (mark: "✓" | "✗", text: string): void => {
        task.result = { mark, text, ms: Date.now() - task.startedAt };
        if (stream.isTTY) draw();
        else stream.write(`${line(task)}\n`);
      };
      try {
        end("✓", await work((doing) => void (task.doing = doing)));
      } catch (error) {
        end("✗", "failed");
        throw error;
      }
    },
    close: () => {
      clearInterval(timer);
      draw();
    },
  };
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
