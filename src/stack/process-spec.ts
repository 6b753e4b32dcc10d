/** How a process is told to be ready: an HTTP 200, or by nothing that can be asked in this way. */
export type ReadyCheck = { kind: "http"; url: string } | { kind: "none" };

/** Everything needed to run one process again and again; plain data, so that it survives the one who wrote it. */
export type ProcessSpec = {
  name: string;
  command: string;
  args: string[];
  /** The whole environment of the process. */
  env: Record<string, string>;
  cwd: string;
  /** SIGINT is PostgreSQL's fast shutdown. */
  stopSignal: "SIGTERM" | "SIGINT";
  /** Grace after `stopSignal` before SIGKILL, in milliseconds. */
  stopMs: number;
  /** Started in ascending order, stopped in descending. */
  stage: number;
  /** TCP ports on 127.0.0.1 that the process will listen on. */
  ports: number[];
  ready: ReadyCheck;
  /** Runs as this user; absent = as ours. */
  user?: { uid: number; gid: number };
  /** Changes when the process should be restarted by `up`: a digest of its code, arguments and settings. */
  fingerprint: string;
};
