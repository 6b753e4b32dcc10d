import { ExportResultCode, type ExportResult } from "@opentelemetry/core";
import { BasicTracerProvider, type ReadableSpan, type SpanExporter } from "@opentelemetry/sdk-trace-base";
import { CountingBatchProcessor, type SpanCounts } from "./counting-export";

type Behaviour = "accept" | "refuse" | "hang";

function traced(behaviour: Behaviour) {
  const counts: SpanCounts = { exported: 0, exportFailed: 0, queueFull: 0 };
  const held: (() => void)[] = [];
  const exporter: SpanExporter = {
    export(_spans: ReadableSpan[], done: (result: ExportResult) => void) {
      if (behaviour === "hang") return void held.push(() => done({ code: ExportResultCode.SUCCESS }));
      done({ code: behaviour === "accept" ? ExportResultCode.SUCCESS : ExportResultCode.FAILED });
    },
    shutdown: async () => undefined,
  };
  const provider = new BasicTracerProvider({
    spanProcessors: [new CountingBatchProcessor(exporter, counts)],
  });
  const tracer = provider.getTracer("test");
  const letGo = () => {
    behaviour = "accept";
    for (const each of held.splice(0)) each();
  };
  return {
    counts,
    provider,
    letGo,
    spans: (n: number) => Array.from({ length: n }, () => tracer.startSpan("s").end()),
  };
}

test("accepted spans are counted as exported", async () => {
  const { counts, provider, spans } = traced("accept");
  spans(700);
  await provider.forceFlush();
  expect(counts).toEqual({ exported: 700, exportFailed: 0, queueFull: 0 });
  await provider.shutdown();
});

test("refused spans are counted as failed", async () => {
  const { counts, provider, spans } = traced("refuse");
  spans(10);
  await provider.forceFlush().catch(() => undefined);
  expect(counts).toEqual({ exported: 0, exportFailed: 10, queueFull: 0 });
});

test("spans beyond the queue are counted one by one", async () => {
  const { counts, provider, spans, letGo } = traced("hang");
  spans(10_000);
  // One batch of 512 is under way, 8,192 wait.
  expect(counts.queueFull).toBe(10_000 - 512 - 8_192);
  letGo();
  await provider.shutdown();
  expect(counts.exported).toBe(512 + 8_192);
});
