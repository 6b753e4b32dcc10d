import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fingerprint } from "../fingerprint";
import { eventually, type Backend } from "./backend";

export type S3Options = {
  versitygw: string;
  folder: string;
  port: number;
  accessKeyId: string;
  secretAccessKey: string;
  buckets: string[];
};

/** versitygw over a folder: each bucket is a folder in it, and metadata is in extended attributes. */
export function s3Backend(options: S3Options): Backend {
  const { folder, port } = options;
  const args = ["--port", `127.0.0.1:${port}`, "--health", "/healthz", "--quiet", "posix", folder];
  return {
    spec: {
      name: "s3",
      command: options.versitygw,
      args,
      env: {
        ROOT_ACCESS_KEY_ID: options.accessKeyId,
        ROOT_SECRET_ACCESS_KEY: options.secretAccessKey,
        HOME: folder,
      },
      cwd: folder,
      stopSignal: "SIGTERM",
      stopMs: 30_000,
      stage: 0,
      ports: [port],
      ready: { kind: "http", url: `http://127.0.0.1:${port}/healthz` },
      fingerprint: fingerprint([options.versitygw, options.accessKeyId, options.secretAccessKey, ...args]),
    },
    prepare: async () => {
      await mkdir(folder, { recursive: true });
      for (const bucket of options.buckets) await mkdir(join(folder, bucket), { recursive: true });
    },
    ready: () =>
      eventually(30_000, async () => {
        const response = await fetch(`http://127.0.0.1:${port}/healthz`, {
          signal: AbortSignal.timeout(2_000),
        });
        await response.body?.cancel();
        if (!response.ok) throw new Error(`S3 answered ${response.status} to its health check`);
      }),
  };
}
