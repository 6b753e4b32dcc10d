import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts } from "../../../../stack/ports";
import { loadSettings } from "../../../../stack/settings";
import { jaegerSpec } from "../../../../stack/telemetry/specs";

/** A span as OTLP's JSON has it; ids in hexadecimal. */
export type SentSpan = {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  /** 2 is SERVER, 3 CLIENT. */
  kind: number;
  durationMs: number;
  /** The status ERROR with this text. */
  fault?: string;
  attributes?: Record<string, string | boolean>;
};

export type RunningJaeger = {
  url: string;
  send(service: string, spans: readonly SentSpan[]): Promise<void>;
  stop(): Promise<void>;
};

/** Jaeger as the stack starts it, on ports of its own. Throws when it does not answer within a minute. */
export async function startJaeger(program: string): Promise<RunningJaeger> {
  const [page, otlp, metrics] = await freePorts(3);
  const folder = mkdtempSync(join(tmpdir(), "alexandrite-jaeger-"));
  const settings = loadSettings({
    ALEXANDRITE_STATE: folder,
    JAEGER_PORT: String(page),
    JAEGER_OTLP_PORT: String(otlp),
    JAEGER_METRICS_PORT: String(metrics),
  });
  const { command, args, env, cwd } = jaegerSpec(settings, program);
  const child = spawn(command, args, { env, cwd, stdio: "ignore" });
  const stop = async (): Promise<void> => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${page}`;
  try {
    await answers(`${url}/api/services`, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop, send: (service, spans) => send(`http://127.0.0.1:${otlp}/v1/traces`, service, spans) };
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(200)) {
    if (child.exitCode !== null) throw new Error(`Jaeger ended with ${child.exitCode} before it answered.`);
    if ((await fetch(url).catch(() => undefined))?.ok) return;
  }
  throw new Error(`${url} does not answer.`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill();
  await ended;
}

async function send(url: string, service: string, spans: readonly SentSpan[]): Promise<void> {
  const now = Date.now();
  const nanos = (ms: number): string => `${Math.round(ms * 1_000)}000`;
  const attribute = ([key, value]: [string, string | boolean]) => ({
    key,
    value: typeof value === "string" ? { stringValue: value } : { boolValue: value },
  });
  const body = {
    resourceSpans: [
      {
        resource: { attributes: [attribute(["service.name", service])] },
        scopeSpans: [
          {
            scope: { name: "test" },
            spans: spans.map(({ durationMs, fault, attributes = {}, ...span }) => ({
              ...span,
              startTimeUnixNano: nanos(now - durationMs),
              endTimeUnixNano: nanos(now),
              attributes: Object.entries(attributes).map(attribute),
              ...(fault !== undefined && { status: { code: 2, message: fault } }),
            })),
          },
        ],
      },
    ],
  };
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
}
