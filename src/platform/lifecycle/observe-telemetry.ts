import { telemetryMetrics, type LogSink, type Metrics, type Telemetry } from "../telemetry";

/** Makes what the telemetry loses visible as metrics: log lines, GELF drops, spans. */
export function observeTelemetry(metrics: Metrics, telemetry: Telemetry, sink: LogSink): void {
  const {
    gelfConnected,
    gelfLinesDroppedTotal,
    gelfLinesSentTotal,
    logLinesTotal,
    otelSpansDroppedTotal,
    otelSpansExportedTotal,
  } = telemetryMetrics;
  const spansDropped = metrics.counter(otelSpansDroppedTotal);
  const queueFull = spansDropped.child({ reason: "queue_full" });
  const exportFailed = spansDropped.child({ reason: "export_failed" });
  const exported = metrics.counter(otelSpansExportedTotal).child({});
  const lines = Object.keys(sink.lines).map((level) => ({
    level: level as keyof typeof sink.lines,
    slot: metrics.counter(logLinesTotal).child({ level }),
  }));
  const { gelf } = sink;
  const dropped = metrics.counter(gelfLinesDroppedTotal);
  const drops = (["buffer_full", "connection_lost", "stopping", "invalid"] as const).map((reason) => ({
    reason,
    slot: dropped.child({ reason }),
  }));
  const sent = metrics.counter(gelfLinesSentTotal).child({});
  // Absent where no lines are sent anywhere: 0 says that they should arrive and do not.
  const connected = gelf && metrics.gauge(gelfConnected).child({});
  const names = {
    buffer_full: "bufferFull",
    connection_lost: "connectionLost",
    stopping: "stopping",
    invalid: "invalid",
  } as const;

  let wasConnected = 0;
  const tellOfConnection = (isConnected: number): void => {
    if (isConnected < wasConnected)
      sink.log.warn("the connection to the GELF server is lost; lines wait for it");
    if (isConnected > wasConnected) sink.log.info("log lines go to the GELF server");
    wasConnected = isConnected;
  };

  // These numbers are counted elsewhere, so the slots take them over as they stand.
  metrics.onCollect(() => {
    queueFull.value = telemetry.spans.queueFull;
    exportFailed.value = telemetry.spans.exportFailed;
    exported.value = telemetry.spans.exported;
    for (const { level, slot } of lines) slot.value = sink.lines[level];
    if (!gelf) return;
    for (const { reason, slot } of drops) slot.value = gelf.count(names[reason]);
    sent.value = gelf.count("sent");
    connected?.set(gelf.count("connected"));
    tellOfConnection(gelf.count("connected"));
  });
}
