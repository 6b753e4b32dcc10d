/** What the server is measured with. Each is started in a process of its own and loaded there: an instrumentation must patch nobody else. */
export const serverVariants = {
  bare: async () => (await import("./bare.js")).startBare(),
  "bare again": async () => (await import("./bare.js")).startBare(),
  "bare without promises": async () => (await import("./bare.js")).startBareSynchronous(),
  metrics: async () => (await import("./ours.js")).startOurs({ traces: "off", logs: false, ambient: false }),
  "metrics + logs": async () =>
    (await import("./ours.js")).startOurs({ traces: "off", logs: true, ambient: false }),
  everything: async () => (await import("./ours.js")).startOurs({}),
  "everything at 10 %": async () => (await import("./ours.js")).startOurs({}),
  "everything with spans by instrumentation-grpc": async () =>
    (await import("./instrumented.js")).startInstrumented(),
  "nice-grpc": async () => (await import("./nice-grpc.js")).startNiceGrpc("none"),
  "nice-grpc + prometheus": async () => (await import("./nice-grpc.js")).startNiceGrpc("metrics"),
  "nice-grpc + prometheus + opentelemetry": async () =>
    (await import("./nice-grpc.js")).startNiceGrpc("metrics and traces"),
  "instrumentation-grpc + prom-client + pino": async () => (await import("./usual.js")).startUsual(),
} as const satisfies Record<string, () => Promise<number>>;

export type ServerVariant = keyof typeof serverVariants;

/**
 * Loads what the other variants run on, to be called once one is started. A full collection costs by what lives, and a list's answers cause many: a process with fewer
 * modules would seem to make cheaper calls.
 */
export async function loadOtherVariants(): Promise<void> {
  await Promise.all([
    import("./bare.js"),
    import("./ours.js"),
    import("./instrumented.js"),
    import("./nice-grpc.js"),
    import("./usual.js"),
  ]);
}
