import { appendFileSync, createReadStream, existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Span } from "./spans";

export type TraceSummary = {
  traceId: string;
  startMs: number;
  durationMs: number;
  root: string;
  services: string[];
  spans: number;
  errors: number;
};

/** Spans as lines of JSON in two files of at most half of `maxBytes` each; the older one goes when both are full. */
export class TraceStore {
  readonly #current: string;
  readonly #older: string;
  readonly #halfBytes: number;
  #bytes: number;

  constructor(folder: string, maxBytes: number) {
    mkdirSync(folder, { recursive: true });
    this.#current = join(folder, "spans.jsonl");
    this.#older = join(folder, "spans.1.jsonl");
    this.#halfBytes = maxBytes / 2;
    this.#bytes = existsSync(this.#current) ? statSync(this.#current).size : 0;
  }

  add(spans: Span[]): void {
    if (spans.length === 0) return;
    const text = `${spans.map((span) => JSON.stringify(span)).join("\n")}\n`;
    if (this.#bytes + text.length > this.#halfBytes && this.#bytes > 0) {
      renameSync(this.#current, this.#older);
      this.#bytes = 0;
    }
    appendFileSync(this.#current, text);
    this.#bytes += Buffer.byteLength(text);
  }

  /** The spans of a trace, in order of their start. */
  async trace(traceId: string): Promise<Span[]> {
    const spans = await this.#scan(traceId, (span) => span.traceId === traceId);
    return spans.sort((a, b) => a.startMs - b.startMs);
  }

  /** Traces with a span that has all these attributes, the newest first. */
  async find(attributes: [string, string][], limit: number): Promise<TraceSummary[]> {
    const hits = await this.#scan(needleOf(attributes), (span) => hasAll(span, attributes));
    const ids = [...new Set(hits.sort((a, b) => b.startMs - a.startMs).map((span) => span.traceId))].slice(
      0,
      limit,
    );
    const wanted = new Set(ids);
    const spans = await this.#scan("", (span) => wanted.has(span.traceId));
    return ids.map((id) =>
      summarise(
        id,
        spans.filter((span) => span.traceId === id),
      ),
    );
  }

  /** The newest spans that have all these attributes, in order of their start: an order's, whichever their traces. */
  async spans(attributes: [string, string][], limit: number): Promise<Span[]> {
    const spans = await this.#scan(needleOf(attributes), (span) => hasAll(span, attributes));
    return spans.sort((a, b) => a.startMs - b.startMs).slice(-limit);
  }

  async #scan(needle: string, wanted: (span: Span) => boolean): Promise<Span[]> {
    const found: Span[] = [];
    for (const path of [this.#older, this.#current]) {
      if (!existsSync(path)) continue;
      for await (const line of createInterface({ input: createReadStream(path) })) {
        if (!line.includes(needle)) continue;
        const span = parse(line);
        if (span && wanted(span)) found.push(span);
      }
    }
    return found;
  }
}

/** What every line of a span with these attributes holds. */
function needleOf([first]: [string, string][]): string {
  return first ? JSON.stringify(first[1]).slice(1, -1) : "";
}

function hasAll(span: Span, attributes: [string, string][]): boolean {
  return attributes.every(([key, value]) => String(valueOf(span, key)) === value);
}

/** `service` and `status` (ERROR) are asked for as attributes are. */
function valueOf(span: Span, key: string): unknown {
  return key === "service" || key === "status" ? span[key] : span.attributes[key];
}

function parse(line: string): Span | undefined {
  try {
    return JSON.parse(line) as Span;
  } catch {
    // The last line after a crash in the middle of a write.
    return undefined;
  }
}

function summarise(traceId: string, spans: Span[]): TraceSummary {
  const startMs = Math.min(...spans.map((span) => span.startMs));
  const endMs = Math.max(...spans.map((span) => span.startMs + span.durationMs));
  const root = spans.find((span) => span.parentSpanId === undefined) ?? spans[0];
  return {
    traceId,
    startMs,
    durationMs: Math.round((endMs - startMs) * 1_000) / 1_000,
    root: root ? `${root.service}: ${root.name}` : "",
    services: [...new Set(spans.map((span) => span.service))].sort(),
    spans: spans.length,
    errors: spans.filter((span) => span.status === "ERROR").length,
  };
}
