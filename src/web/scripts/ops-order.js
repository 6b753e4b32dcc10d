import { api } from "./api.js";
import { badge, clock, duration, keepFresh, link, patch, searchOrder, updated } from "./ops-page.js";
import { byId, cell, element, numberCell, say, statusBadge, when } from "./page.js";
import { mustBe } from "./session.js";
import { lanesOf } from "./time-axis.js";

mustBe("operator");
const orderId = location.pathname.split("/").at(-1);
byId("order").textContent = orderId;
const filter = byId("filter");
let story;

function stateRow({ service, told }) {
  const move = told.data;
  const words = told.state !== "ok" ? told.text : "does not know the order";
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, service),
    numberCell(move ? String(move.version) : "–"),
    cell(move ? statusBadge(move.status) : words),
    cell(when(move?.atMs)),
  );
}

function agreement({ states, heldBy, isFinal }) {
  const known = states.filter(({ told }) => told.state === "ok");
  const versions = new Set(known.map(({ told }) => told.data?.version ?? 0));
  const holder = isFinal
    ? "The order has ended; nobody holds it."
    : heldBy
      ? `${heldBy} holds it: only there it can be moved on.`
      : "";
  if (known.length < states.length) return `Not everybody could be asked. ${holder}`;
  return versions.size === 1
    ? `All three agree. ${holder}`
    : `They differ: an event is on its way, or a message is parked or a dead letter. ${holder}`;
}

function sourceText(name, told) {
  if (told.state !== "ok") return told.text;
  return told.data.isCut ? `There are more ${name} than are shown.` : "";
}

function entryRow(entry, before) {
  const { kind, atMs, durationMs, service, title, detail, level, version } = entry;
  const what = `${version ? `v${version} ` : ""}${title}`;
  return element(
    "tr",
    {},
    element("td", { className: "time", title: new Date(atMs).toISOString() }, clock(atMs, true)),
    numberCell(before === undefined ? "" : `+${duration(atMs - before)}`),
    cell(kind, " ", ...(level === "ok" ? [] : [badge(level === "warn" ? "warning" : "error", level)])),
    cell(service),
    cell(entry.link ? link(entry.link, what) : what, element("span", { className: "detail" }, detail)),
    numberCell(durationMs === undefined ? "" : duration(durationMs)),
  );
}

function show() {
  const { states, spans, logs, entries, graylogUrl } = story;
  const chosen = entries.filter(
    ({ kind, level }) => filter[kind].checked && (!filter.trouble.checked || level !== "ok"),
  );
  patch(byId("states"), states.map(stateRow));
  byId("agreement").textContent = agreement(story);
  say("spans-message", sourceText("spans", spans), spans.state === "failed");
  const graylog = graylogUrl ? [" ", link(graylogUrl, "Its log lines in Graylog")] : [];
  say("logs-message", sourceText("log lines", logs), logs.state === "failed");
  byId("logs-message").append(...graylog);
  patch(byId("axis"), lanesOf(chosen));
  byId("axis").ariaLabel =
    `${chosen.length} events, spans and log lines over time; the table below lists them.`;
  patch(
    byId("entries"),
    chosen.map((entry, index) => entryRow(entry, chosen[index - 1]?.atMs)),
  );
}

async function load() {
  try {
    const next = await api(
      "GET",
      `/api/v1/ops/orders/${encodeURIComponent(orderId)}${filter.all.checked ? "?spans=all" : ""}`,
    );
    const { at, ...content } = next;
    const isNew = JSON.stringify(content) !== JSON.stringify(story);
    story = content;
    if (isNew) show();
    say("message", "");
    updated(at);
  } catch (error) {
    say("message", error.message, true);
  }
}

searchOrder();
const again = keepFresh(load);
filter.addEventListener("change", ({ target }) => {
  if (target.name === "all") void again();
  else if (story) show();
});
