import type { OpenBenchClient } from "./bench-client";

/** What the client is measured with; each in a process of its own, as the servers are. */
export const clientVariants = {
  bare: async (port) => (await import("./bare.js")).openBareClient(port),
  "bare again": async (port) => (await import("./bare.js")).openBareClient(port),
  "metrics + logs": async (port) => (await import("./ours.js")).openOurClient(port, { traces: false }),
  everything: async (port) => (await import("./ours.js")).openOurClient(port, { traces: true }),
  "everything at 10 %": async (port) => (await import("./ours.js")).openOurClient(port, { traces: true }),
  "nice-grpc + prometheus + opentelemetry": async (port) =>
    (await import("./nice-grpc.js")).openNiceClient(port),
  "instrumentation-grpc + prom-client": async (port) => (await import("./usual.js")).openUsualClient(port),
} as const satisfies Record<string, OpenBenchClient>;

export type ClientVariant = keyof typeof clientVariants;

/** Loads what the other variants run on, so that all processes have as many modules; to be called once one is open. */
export async function loadOtherClients(): Promise<void> {
  await Promise.all([
    import("./bare.js"),
    import("./ours.js"),
    import("./nice-grpc.js"),
    import("./usual.js"),
  ]);
}
