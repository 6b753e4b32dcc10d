import { keepFinding } from "../finding";
import { fuzzedMethods, openRawClient, sendCall } from "../calls";
import { type Budget, count, emptyReport, type PartReport } from "../part";
import { watchSurvival } from "../survival";
import type { Target } from "../target";
import { makeCredentials } from "./make-credentials";
import { openSigner } from "./signing-key";

const concurrency = 8;
/** A system that has just started is slow. */
const patienceMs = 30_000;
/** Headers of more than this may be refused for their size, before anybody looks at what they say. */
const longBytes = 7_000;

/** Forged tokens and keys at a service and at the gateway: nobody may be let in, and each is told that nobody knows him. */
export async function fuzzTokens(budget: Budget, target: Target): Promise<Record<string, PartReport>> {
  const { seed, cases = Infinity, until, keepIn, say } = budget;
  const report = emptyReport();
  const survived = await watchSurvival(target, "tokens", seed);
  const signer = await openSigner(target.settings);
  const token = target.callers.customer["authorization"]!.replace("Bearer ", "");
  const method = fuzzedMethods().find(({ rpc }) => rpc.endsWith("ShopService/GetOrder"))!;
  const [orderId] = target.orderIds;
  const client = openRawClient(`127.0.0.1:${target.settings.ports.shop}`);
  const call = { method, role: "anonymous" as const, messages: method.valid(orderId) };

  const atService = async (headers: Record<string, string>): Promise<string> =>
    (await sendCall(client, call, headers, patienceMs)).code;
  const atGateway = async (headers: Record<string, string>): Promise<string> => {
    const answer = await fetch(`${target.gatewayUrl}/api/v1/orders/${orderId}`, { headers }).catch(
      (error: Error) => error,
    );
    return answer instanceof Error ? answer.message : String(answer.status);
  };

  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < cases && (cases !== Infinity || Date.now() < until)) {
      const n = next++;
      const { headers, how } = await makeCredentials(token, signer, seed, n);
      const [service, gateway] = await Promise.all([atService(headers), atGateway(headers)]);
      report.cases += 1;
      count(report.told, service);
      count(report.told, gateway);
      const isLong = JSON.stringify(headers).length > longBytes;
      const right = service === "Unauthenticated" || (isLong && service === "ResourceExhausted");
      // A service's key opens nothing at the gateway: whoever shows one is nobody there.
      const rightAtGateway = gateway === "401" || (isLong && gateway === "431");
      if ((!right || !rightAtGateway) && report.findings.length < 30) {
        const what = `${how}: a service says ${service}, the gateway ${gateway} to ${JSON.stringify(headers).slice(0, 300)}`;
        report.findings.push(
          keepFinding(keepIn, { part: "tokens", seed, n, what }, JSON.stringify(headers), "json"),
        );
      }
      if (report.cases % 2_000 === 0)
        say(`tokens: ${report.cases} cases, ${report.findings.length} findings`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
  client.close();
  const { findings, peakMb } = await survived();
  report.findings.push(...findings);
  report.peak_mb = peakMb;
  return { tokens: report };
}
