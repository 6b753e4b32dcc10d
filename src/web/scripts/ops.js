import { api } from "./api.js";
import {
  badge,
  clock,
  duration,
  keepFresh,
  link,
  patch,
  searchOrder,
  showTold,
  updated,
} from "./ops-page.js";
import { byId, cell, element, numberCell, when } from "./page.js";

const kinds = { critical: "error", page: "error", warning: "warn" };

function alertRow(alert) {
  const { name, severity, service, labels, since, muted, summary, description, runbook, dashboard } = alert;
  const which = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
  return element(
    "tr",
    {},
    cell(
      badge(severity, muted ? "muted" : (kinds[severity] ?? "muted")),
      ...(muted ? [element("span", { className: "detail" }, `muted: ${muted}`)] : []),
    ),
    cell(name, element("span", { className: "detail" }, which.join(" "))),
    cell(service || "–"),
    cell(when(since)),
    cell(summary, element("span", { className: "detail" }, description)),
    cell(
      element(
        "div",
        { className: "actions" },
        // Rules name it by its path in the repository; the gateway shows it under the same.
        runbook && link(runbook.replace(/^docs\//, "/docs/"), "Runbook"),
        dashboard && link(dashboard, "Dashboard"),
      ),
    ),
  );
}

function stateOf({ up, failing }) {
  if (!up) return badge("down", "error");
  return failing.length > 0 ? badge("not ready", "warn") : badge("up", "ok");
}

const instanceRow = (instance) =>
  element(
    "tr",
    {},
    cell(stateOf(instance)),
    cell(instance.service),
    cell(element("code", {}, instance.instance)),
    cell(when(instance.startedAt)),
    cell(instance.failing.join(", ") || "–"),
  );

const share = (value) => (value === undefined ? "–" : `${(value * 100).toFixed(value < 0.1 ? 1 : 0)} %`);
const seconds = (value) => (value === undefined ? "–" : duration(value * 1_000));

const signalRow = (signals) =>
  element(
    "tr",
    {},
    element("th", { scope: "row" }, signals.service),
    numberCell(signals.callsPerSecond?.toFixed(1) ?? "–"),
    numberCell(share(signals.errorRatio)),
    numberCell(seconds(signals.p99Seconds)),
    numberCell(share(signals.cpuShare)),
    numberCell(seconds(signals.eventLoopDelaySeconds)),
    numberCell(share(signals.poolShare)),
    numberCell(
      signals.memoryBytes === undefined ? "–" : `${Math.round(signals.memoryBytes / 1_048_576)} MiB`,
    ),
  );

/** A message's text with its links; offsets count as JavaScript's strings do. */
function textOf({ text, links }) {
  const parts = [];
  let at = 0;
  for (const { offset, length, url } of [...links].sort((a, b) => a.offset - b.offset)) {
    parts.push(text.slice(at, offset), link(url, text.slice(offset, offset + length)));
    at = offset + length;
  }
  return element("pre", {}, ...parts, text.slice(at));
}

const messageItem = (message) =>
  element("li", {}, element("span", { className: "quiet" }, when(message.at)), textOf(message));

function summaryOf({ alerts, instances }) {
  const loud = alerts.state === "ok" ? alerts.data.firing.filter(({ muted }) => !muted) : [];
  const down = instances.state === "ok" ? instances.data.filter(({ up }) => !up) : [];
  const waiting =
    instances.state === "ok" ? instances.data.filter((each) => each.up && each.failing.length > 0) : [];
  const names = (list) => list.map(({ service }) => service).join(", ");
  return [
    alerts.state === "ok"
      ? `${loud.length === 0 ? "No alert fires" : loud.length === 1 ? "1 alert fires" : `${loud.length} alerts fire`}.`
      : "Whether an alert fires is not known.",
    instances.state !== "ok"
      ? "What is up is not known."
      : down.length === 0
        ? `All ${instances.data.length} processes are up.`
        : `Down: ${names(down)}.`,
    waiting.length > 0 ? `Not ready: ${names(waiting)}.` : "",
  ].join(" ");
}

function showWatchdog({ alerts }) {
  const since = alerts.state === "ok" ? alerts.data.watchdogSince : undefined;
  byId("watchdog").textContent =
    alerts.state !== "ok"
      ? ""
      : since
        ? `Alerts get through: the Watchdog has been firing since ${when(since)}.`
        : "The Watchdog does not fire: alerts may not get through. Right after a start it takes a minute.";
}

async function load() {
  try {
    const status = await api("GET", "/api/v1/ops/status");
    showTold("alerts", status.alerts, ({ firing }) => firing.map(alertRow), "None.");
    showTold(
      "instances",
      status.instances,
      (list) => list.map(instanceRow),
      "Prometheus knows of no process.",
    );
    showTold(
      "signals",
      status.signals,
      (list) => list.map(signalRow),
      "Nothing is known of the last minute.",
    );
    showTold("messages", status.messages, (list) => list.map(messageItem), "Nothing has been sent.");
    showWatchdog(status);
    patch(byId("summary"), [document.createTextNode(summaryOf(status))]);
    updated(status.at);
  } catch (error) {
    byId("summary").textContent = `The gateway cannot be read: ${error.message}`;
    byId("updated").textContent = `Tried at ${clock(Date.now())}.`;
  }
}

searchOrder();
keepFresh(load);
