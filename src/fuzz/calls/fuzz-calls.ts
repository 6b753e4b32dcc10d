import type { Client } from "@grpc/grpc-js";
import { type Finding, keepFinding } from "../finding";
import { type Budget, count, emptyReport, type PartReport } from "../part";
import { watchSurvival } from "../survival";
import type { Target } from "../target";
import { type FuzzedCall, makeCall } from "./make-call";
import { fuzzedMethods } from "./methods";
import { type CallEnd, openRawClient, sendCall } from "./send-call";

const concurrency = 24;
const tellEvery = 5_000;

/** What a service may say to a caller. Not in it: Unknown, Internal, DataLoss and Unimplemented, which are nobody's answer to a message. */
const documented = new Set([
  "OK",
  "InvalidArgument",
  "NotFound",
  "AlreadyExists",
  "PermissionDenied",
  "Unauthenticated",
  "FailedPrecondition",
  "Aborted",
  "OutOfRange",
  "ResourceExhausted",
  "DeadlineExceeded",
  "Canceled",
  "Unavailable",
]);
/** What grpc-js says of a connection that broke. */
const broken = /ECONN|EPIPE|Connection dropped|No connection established|RST_STREAM with/;

/** Mutated calls of every method in every role: none may end in a fault of the service. */
export async function fuzzCalls(budget: Budget, target: Target): Promise<Record<string, PartReport>> {
  const { seed, cases = Infinity, until, keepIn, say } = budget;
  const report = emptyReport();
  const methods = fuzzedMethods();
  const survived = await watchSurvival(target, "calls", seed);
  const clients = new Map<string, Client>();
  for (const { port } of methods)
    if (!clients.has(port)) clients.set(port, openRawClient(`127.0.0.1:${target.settings.ports[port]}`));
  const seen = new Set<string>();
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < cases && (cases !== Infinity || Date.now() < until)) {
      const n = next++;
      const made = makeCall(methods, target.orderIds, seed, n);
      const end = await sendCall(clients.get(made.method.port)!, made, target.callers[made.role]);
      report.cases += 1;
      count(report.told, end.code);
      const fault = faultOf(end);
      const kind = `${made.method.rpc} ${end.code} ${end.message.slice(0, 60)}`;
      if (fault !== undefined && !seen.has(kind) && report.findings.length < 50) {
        seen.add(kind);
        report.findings.push(keep(keepIn, seed, n, made, end));
      }
      if (report.cases % tellEvery === 0)
        say(`calls: ${report.cases} calls, ${report.findings.length} findings`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
  for (const client of clients.values()) client.close();
  const { findings, peakMb } = await survived();
  report.findings.push(...findings);
  report.peak_mb = peakMb;
  return { calls: report };
}

function faultOf({ code, message }: CallEnd): string | undefined {
  if (!documented.has(code)) return code;
  return code === "Unavailable" && broken.test(message) ? code : undefined;
}

function keep(
  keepIn: string,
  seed: number,
  n: number,
  { method, role, messages }: FuzzedCall,
  end: CallEnd,
): Finding {
  const what = `${method.rpc} at ${method.port} as ${role} ended with ${end.code}: ${end.message.slice(0, 300)}`;
  return keepFinding(keepIn, { part: "calls", seed, n, what }, Buffer.concat(messages));
}
