import { setTimeout as sleep } from "node:timers/promises";
import { type Announcement, readAnnouncement } from "./announcement";
import { explain } from "./explain";
import { type Load, startLoad } from "./load";
import { activeAlerts, lastMessageId, readMessages, type TelegramMessage } from "./telegram";
import type { Drill, DrillResult, Site } from "./types";
import { Undo } from "./undo";

const lookMs = 250;
/** How long the system may take to become quiet before a drill, in seconds. */
const quietWithinS = 240;
/** An alert that has gone is told of at the end of its group's interval, 5 s in drills. */
const afterQuietMs = 8_000;
/** How long what explains the fault may come after its message: a call that hangs is told of when its deadline has passed. */
const explainedWithinMs = 20_000;
/** How long messages about consequences are waited for once the alert has come: longer than it takes to announce any. */
const consequencesMs = 20_000;

/**
 * Plays one drill: waits until no alert fires, injects the fault, waits for its message, shows what explains it, removes the fault, waits for the message that it is over.
 * `undos` gets to know what has to be put right at each moment, so that whoever ends the program can do so.
 */
export async function runDrill(drill: Drill, site: Site, undos: Set<Undo>): Promise<DrillResult> {
  const { name, alert, service } = drill;
  const scaffolding = new Undo(site.say);
  const fault = new Undo(site.say);
  undos.add(scaffolding).add(fault);
  let load: Load | undefined;
  const result: DrillResult = { name, alert, passed: false };
  site.say(`\n${name}: ${drill.does} Expected: ${alert} of ${service}.`);
  try {
    await drill.prepare?.(site, scaffolding);
    await untilQuiet(site, drill.alone ?? false);
    if (drill.alone) await sleep(afterQuietMs);
    load = startLoad(site, drill.load ?? "none");
    const before = await lastMessageId(site.settings);
    const injectedAt = Date.now();
    await drill.inject(site, fault);
    const message = await untilAnnounced(site, drill, before, false, drill.detectWithinS ?? 90);
    result.detect_s = secondsSince(injectedAt);
    site.say(`announced after ${result.detect_s} s:\n${message.text.replace(/^/gm, "    ")}`);
    if (drill.says && !drill.says.test(message.text))
      throw new Error(`the message does not say ${drill.says}`);
    for (const line of await untilExplained(site, drill, injectedAt - 1_000)) site.say(line);
    if (drill.alone) await sleep(consequencesMs);
    // What ended before the fault did, an alert that flickers for one, is not the end that is waited for.
    const beforeRemoval = await lastMessageId(site.settings);
    const removedAt = Date.now();
    const left = await fault.run();
    if (left.length > 0) throw new Error(`the fault is not gone: ${left.join("; ")}`);
    await untilAnnounced(site, drill, beforeRemoval, true, drill.resolveWithinS ?? 120);
    result.resolve_s = secondsSince(removedAt);
    site.say(`resolved ${result.resolve_s} s after the end of the fault`);
    await judgeMessages(site, drill, before);
    result.passed = true;
  } catch (error) {
    result.why = (error as Error).message;
    site.say(`FAILED: ${result.why}`);
  } finally {
    const left = [...(await fault.run()), ...(await endLoad(site, load)), ...(await scaffolding.run())];
    undos.delete(fault);
    undos.delete(scaffolding);
    if (left.length > 0) Object.assign(result, { passed: false, why: `not put right: ${left.join("; ")}` });
  }
  return result;
}

async function endLoad({ say }: Site, load: Load | undefined): Promise<string[]> {
  if (!load) return [];
  say("waiting for the orders under way");
  await load.stop();
  return [];
}

/**
 * Waits until nothing fires: an alert that is there already would say nothing about this fault. How fast an error budget burns shows for some minutes after a fault and mutes
 * nothing; it is waited for only where no other message may come.
 */
async function untilQuiet({ settings, say }: Site, alone: boolean): Promise<void> {
  const until = Date.now() + quietWithinS * 1_000;
  let told = "";
  for (;;) {
    const firing = (await activeAlerts(settings))
      .map(({ labels }) => `${labels["alertname"]} of ${labels["service"] ?? "-"}`)
      .filter((alert) => alone || !alert.startsWith("SloBurnRate"));
    if (firing.length === 0) return;
    const now = [...new Set(firing)].sort().join(", ");
    if (Date.now() > until) throw new Error(`not quiet after ${quietWithinS} s: ${now}`);
    if (now !== told) say(`waiting for quiet: ${now}`);
    told = now;
    await sleep(1_000);
  }
}

async function untilAnnounced(
  { settings }: Site,
  { alert, service }: Drill,
  after: number,
  resolved: boolean,
  withinS: number,
): Promise<TelegramMessage> {
  const until = Date.now() + withinS * 1_000;
  for (;;) {
    const messages = await readMessages(settings, after);
    const found = messages.find(({ text }) => isOf({ alert, service, resolved }, readAnnouncement(text)));
    if (found) return found;
    if (Date.now() > until) {
      const others = messages.map(headline).join("; ") || "nothing";
      const state = resolved ? "is resolved" : "fires";
      throw new Error(
        `no message that ${alert} of ${service} ${state} within ${withinS} s; there came: ${others}`,
      );
    }
    await sleep(lookMs);
  }
}

async function untilExplained(site: Site, drill: Drill, since: number): Promise<string[]> {
  const until = Date.now() + explainedWithinMs;
  for (;;) {
    const found = explain(site, drill, since);
    if (found.length > 0) return found;
    if (Date.now() > until) throw new Error(`${drill.explained.log}.log does not say ${drill.explained.by}`);
    await sleep(lookMs);
  }
}

/** A fault that explains all others is announced once, and once that it is over. */
async function judgeMessages(
  { settings, say }: Site,
  { alert, service, alone }: Drill,
  before: number,
): Promise<void> {
  const messages = await readMessages(settings, before);
  const ofDrill = (resolved: boolean): TelegramMessage[] =>
    messages.filter(({ text }) => isOf({ alert, service, resolved }, readAnnouncement(text)));
  const [fires, resolves] = [ofDrill(false), ofDrill(true)];
  const others = messages.filter((message) => !fires.includes(message) && !resolves.includes(message));
  const told = others.map(headline).join("; ");
  if (told !== "") say(`also announced: ${told}`);
  if (alone && told !== "") throw new Error(`consequences were announced: ${told}`);
  if (alone && (fires.length !== 1 || resolves.length !== 1))
    throw new Error(
      `announced ${fires.length} times, and its end ${resolves.length} times, instead of once each`,
    );
}

function isOf(wanted: Announcement, said: Announcement | undefined): boolean {
  return said?.alert === wanted.alert && said.service === wanted.service && said.resolved === wanted.resolved;
}

function headline({ text }: TelegramMessage): string {
  return (text.split("\n")[0] ?? "").slice(0, 120);
}

function secondsSince(startedAt: number): number {
  return Math.round((Date.now() - startedAt) / 100) / 10;
}
