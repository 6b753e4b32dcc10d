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
const probeEveryMs = 150;
/** Until when somebody has to be served again, once a flood is over. */
const recoveryMs = 30_000;

type Probe = { ok: number; failed: number };

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
    const share = cases === undefined ? (until - Date.now()) / (kinds.length - at) - 2_000 : cases * 1_000;
    const flood: Flood = {
      port,
      path,
      until: Date.now() + Math.max(shortestMs, share),
      authority: `127.0.0.1:${port}`,
      credentials: target.callers.customer,
    };
    const probing = probe(target, flood.until);
    const sent = await run(flood);
    const { ok, failed } = await probing;
    report.cases += sent;
    count(report.told, "others served meanwhile", ok);
    count(report.told, "others not served meanwhile", failed);
    say(`floods: ${name}: ${sent} sent, ${ok} of ${ok + failed} others served meanwhile`);
    report.findings.push(...(await findingsOf(target, seed, name, { ok, failed })));
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
  { ok, failed }: Probe,
): Promise<Finding[]> {
  const found = (what: string): Finding => ({ part: "floods", seed, n: -1, what: `${name}: ${what}` });
  const endsBy = Date.now() + recoveryMs;
  while (!(await servesBoth(target))) {
    if (Date.now() > endsBy) return [found(`nobody is served ${recoveryMs} ms after it`)];
    await sleep(probeEveryMs);
  }
  return ok === 0 ? [found(`none of ${failed} others was served while it lasted`)] : [];
}

/** Calls of somebody else, over connections of their own each. */
async function probe(target: Target, until: number): Promise<Probe> {
  const probed: Probe = { ok: 0, failed: 0 };
  do {
    if (await servesBoth(target)) probed.ok += 1;
    else probed.failed += 1;
    await sleep(probeEveryMs);
  } while (Date.now() < until);
  return probed;
}

async function servesBoth(target: Target): Promise<boolean> {
  const [orderId] = target.orderIds;
  const method = fuzzedMethods().find(({ rpc }) => rpc.endsWith("ShopService/GetOrder"))!;
  const client = openRawClient(`127.0.0.1:${target.settings.ports.shop}`);
  try {
    const call = sendCall(
      client,
      { method, role: "customer", messages: method.valid(orderId) },
      target.callers.customer,
    );
    const page = fetch(`${target.gatewayUrl}/api/v1/orders/${orderId}`, {
      headers: target.callers.customer,
      signal: AbortSignal.timeout(5_000),
    });
    const [{ code }, response] = await Promise.all([call, page.catch(() => undefined)]);
    await response?.arrayBuffer().catch(() => undefined);
    return code === "OK" && response?.status === 200;
  } finally {
    client.close();
  }
}
