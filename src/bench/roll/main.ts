/**
 * Whether callers notice rolling restarts: a system of its own with two instances of every service, load at 70 % of what it bears, and each service restarted
 * instance by instance again and again. Goal: no failed call, where the retries of the default service config count as one call.
 *
 *   --times N         rolling restarts of each service (30)
 *   --services a,b    which (shop,crm,mes,mes-operator); also mes-worker, pricing, gateway
 *   --share N         per cent of the capacity that is asked (70)
 *   --together        all services at the same time instead of one after another
 *
 * The last line is JSON; the exit code is 1 when a call failed. Ctrl-C ends it after the round under way.
 */
import { parseArgs } from "node:util";
import { createToolHost } from "../../tools/tool-host";
import { wholeNumber } from "../../tools/whole-number";
import { dealer, openCalls } from "./calls";
import { measureCapacity, startLoad } from "./load";
import { countedPeople, deliver } from "./orders";
import { signInPeople } from "./people";
import { openPlace, type Place } from "../../tools/place";
import { Tally } from "./tally";
import { openWatches } from "./watches";

type Options = { times: number; services: string[]; share: number; together: boolean };

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      times: { type: "string", default: "30" },
      services: { type: "string", default: "shop,crm,mes,mes-operator" },
      share: { type: "string", default: "70" },
      together: { type: "boolean", default: false },
    },
  });
  const options = {
    times: wholeNumber("--times", values.times, 1),
    services: values.services.split(","),
    share: wholeNumber("--share", values.share, 1) / 100,
    together: values.together,
  };
  console.log("Starting a system with two instances of every service.");
  const place = await openPlace();
  try {
    const report = await measure(place, options);
    console.log(JSON.stringify(report));
    if (report.failed > 0) process.exitCode = 1;
  } finally {
    await place.close();
  }
}

async function measure(place: Place, { times, services, share, together }: Options) {
  const { settings } = place;
  const control = createToolHost("bench-roll");
  const people = await signInPeople(control.host, settings);
  const orderIds = await Promise.all([0, 1, 2, 3, 4, 5].map((n) => deliver(people, settings.root, n)));
  const next = dealer(await openCalls(control.host, settings, people, orderIds));
  await measureCapacity(next, 4_000);
  const capacity = await measureCapacity(next, 8_000);
  const rate = capacity * share;
  console.log(`Capacity ${Math.round(capacity)} calls/s; the load is ${Math.round(rate)} calls/s.`);

  const tally = new Tally();
  const watches = await openWatches(control.host, settings, people, 10);
  const load = startLoad(next, rate, tally);
  let going = true;
  let delivered = 0;
  const ordering = (async () => {
    const counted = countedPeople(people, tally);
    for (let n = 0; going; n++) {
      await deliver(counted, settings.root, n);
      delivered += 1;
    }
  })();
  const startedAt = Date.now();
  let isInterrupted = false;
  process.once("SIGINT", () => (isInterrupted = true));
  for (let time = 1; time <= times && !isInterrupted; time++) {
    const rolls = together ? [services] : services.map((service) => [service]);
    for (const group of rolls) {
      const before = tally.failed;
      const faultsBefore = new Map(tally.faults);
      const rolledAt = Date.now();
      await Promise.all(group.map((service) => place.stack("roll", service)));
      console.log(
        `${time}/${times} ${group.join(", ")}: ${((Date.now() - rolledAt) / 1_000).toFixed(1)} s, ${tally.failed - before} failed, ${tally.calls} calls so far`,
      );
      for (const [fault, count] of tally.faults)
        if (count > (faultsBefore.get(fault) ?? 0)) console.error(`  ${fault}`);
    }
  }
  const seconds = (Date.now() - startedAt) / 1_000;
  going = false;
  await load.stop();
  await ordering;
  await watches.stop();
  const retries = await retriesOf(control.host.metrics.collect());
  await control.stop(5_000);
  for (const [fault, count] of tally.faults) console.error(`${count} × ${fault}`);
  return {
    services,
    times,
    together,
    instances: 2,
    seconds: Math.round(seconds),
    capacity_per_s: Math.round(capacity),
    load_per_s: Math.round(rate),
    calls: tally.calls,
    held_back: tally.heldBack,
    failed: tally.failed + watches.failed,
    sent_again: retries,
    by_service: tally.byService,
    orders_delivered: delivered,
    watches_reopened: watches.reopened,
    watches_failed: watches.failed,
    p50_ms: tally.latency(0.5),
    p99_ms: tally.latency(0.99),
  };
}

/** Attempts beyond a call's first, by kind. */
async function retriesOf(text: Promise<string>): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const [, kind, value] of (await text).matchAll(
    /^grpc_client_retries_total\{.*kind="(\w+)".*\} (\d+)/gm,
  ))
    found[kind!] = (found[kind!] ?? 0) + Number(value);
  return found;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
