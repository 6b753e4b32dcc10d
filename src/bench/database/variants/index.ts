import type { Variant } from "./variant";

type Entry = {
  open(url: string): Promise<Variant>;
  /** Of its requests, the share whose trace is recorded. */
  sampledShare: number;
};

// Each process loads its own variant only: an instrumentation patches pg for whoever is in its process.
const bare = async (url: string) => (await import("./bare.js")).openBare(url);
const bareInContext = async (url: string) => (await import("./bare-in-context.js")).openBareInContext(url);
const ours = (spans: boolean) => async (url: string) => (await import("./ours.js")).openOurs(url, spans);
const usual = async (url: string) => (await import("./usual.js")).openUsual(url);

/** What is measured, by name; `bare again` is the same as `bare`, and shows the noise; with an AsyncLocalStorage it shows what any tracing costs before it does anything. */
export const variants = {
  bare: { open: bare, sampledShare: 0 },
  "bare again": { open: bare, sampledShare: 0 },
  "bare, within an AsyncLocalStorage": { open: bareInContext, sampledShare: 1 },
  "ours, metrics": { open: ours(false), sampledShare: 0 },
  "ours, metrics and spans at 10 %": { open: ours(true), sampledShare: 0.1 },
  "ours, metrics and spans at 100 %": { open: ours(true), sampledShare: 1 },
  "pg + instrumentation-pg + prom-client": { open: usual, sampledShare: 1 },
} as const satisfies Record<string, Entry>;

export type VariantName = keyof typeof variants;
export { type Item, statement, type Variant } from "./variant";
