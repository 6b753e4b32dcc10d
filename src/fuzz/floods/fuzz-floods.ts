import { setTimeout as sleep } from "node:timers/promises";
import { fuzzedMethods, openRawClient, sendCall } from "../calls";
import type { Finding } from "../finding";
import { type Budget, count, emptyReport, type PartReport } from "../part";
import { watchSurvival } from "../survival";
import type { Target } from "../target";
import { grpcFloods, httpFloods } from "./floods";
import type { Flood } from "./pour";

/** How long each flood lasts when there are minutes, and when there is a number of cases: so many seconds each. */
const shortestMs = 2_000;
const longestS = 20;
const probeEveryMs = 150;
/** Until when somebody has to be served again, once a flood is over. */
const recoveryMs = 30_000;

/** A refusal for want of room is an answer too: whoever gets it knows to come back. */
type Probe = { ok: number; refused: number; failed: number };

/** A machine that is flooded is slow. */
const patienceMs = 10_000;

/** Floods of every kind, one after another: others are served meanwhile and after, and nothing grows without bound. */
export async function fuzzFloods(budget: Budget, target: Target): Promise<Record<string, PartReport>> {
  const { seed, cases, until, say } = budget;
  const report = emptyReport();
  const kinds = [
    ...Object.entries(grpcFloods).map(([name, run]) => ({
      name,
      run,
      port: target.settings.ports.shop,
      path: "/alexandrite.shop.v1.ShopService/ListOrders",
    })),
    ...Object.entries(httpFloods).map(([name, run]) => ({
      name,
      run,
      port: target.settings.ports.gateway,
      path: `/api/v1/orders/${target.orderIds[0]}`,
    })),
  ];
  const survived = await watchSurvival(target, "floods", seed);
  for (const [at, { name, run, port, path }] of kinds.entries()) {
    const share =
      cases === undefined
        ? (until - Date.now()) / (kinds.length - at) - 2_000
        : Math.min(cases, longestS) * 1_000;
    const flood: Flood = {
      port,
      path,
      until: Date.now() + Math.max(shortestMs, share),
      authority: `127.0.0.1:${port}`,
      credentials: target.callers.customer,
    };
    const probing = probe(target, flood.until);
    const sent = await run(flood);
    const { ok, refused, failed } = await probing;
    report.cases += sent;
    count(report.told, "others served meanwhile", ok);
    count(report.told, "others refused meanwhile", refused);
    count(report.told, "others not served meanwhile", failed);
    say(
      `floods: ${name}: ${sent} sent, of others ${ok} served, ${refused} refused, ${failed} not answered meanwhile`,
    );
    report.findings.push(...(await findingsOf(target, seed, name, { ok, refused, failed })));
  }
  const { findings, peakMb } = await survived();
  report.findings.push(...findings);
  report.peak_mb = peakMb;
  return { floods: report };
}

async function findingsOf(
  target: Target,
  seed: number,
  name: string,
  { ok, refused, failed }: Probe,
): Promise<Finding[]> {
  const found = (what: string): Finding => ({ part: "floods", seed, n: -1, what: `${name}: ${what}` });
  const endsBy = Date.now() + recoveryMs;
  while ((await askBoth(target)) !== "ok") {
    if (Date.now() > endsBy) return [found(`nobody is served ${recoveryMs} ms after it`)];
    await sleep(probeEveryMs);
  }
  return ok + refused === 0 ? [found(`none of ${failed} others was answered while it lasted`)] : [];
}

/** Calls of somebody else, over connections of their own each. */
async function probe(target: Target, until: number): Promise<Probe> {
  const probed: Probe = { ok: 0, refused: 0, failed: 0 };
  do {
    probed[await askBoth(target)] += 1;
    await sleep(probeEveryMs);
  } while (Date.now() < until);
  return probed;
}

const refusals = new Set<string | number | undefined>(["ResourceExhausted", 429, 503]);

async function askBoth(target: Target): Promise<keyof Probe> {
  const [orderId] = target.orderIds;
  const method = fuzzedMethods().find(({ rpc }) => rpc.endsWith("ShopService/GetOrder"))!;
  const client = openRawClient(`127.0.0.1:${target.settings.ports.shop}`);
  try {
    const call = sendCall(
      client,
      { method, role: "customer", messages: method.valid(orderId) },
      target.callers.customer,
      patienceMs,
    );
    const page = fetch(`${target.gatewayUrl}/api/v1/orders/${orderId}`, {
      headers: target.callers.customer,
      signal: AbortSignal.timeout(patienceMs),
    });
    const [{ code }, response] = await Promise.all([call, page.catch(() => undefined)]);
    await response?.arrayBuffer().catch(() => undefined);
    const codes = [code, response?.status];
    if (code === "OK" && response?.status === 200) return "ok";
    return codes.every((each) => each === "OK" || each === 200 || refusals.has(each)) ? "refused" : "failed";
  } finally {
    client.close();
  }
}
