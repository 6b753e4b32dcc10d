import { api } from "./api.js";
import { clock, duration, keepFresh, link, patch, updated } from "./ops-page.js";
import { byId, cell, element, numberCell, say } from "./page.js";
import { mustBe } from "./session.js";

mustBe("operator");
const traceId = location.pathname.split("/").at(-1);
byId("trace").textContent = traceId;
let known = "";

/** Spans below their parents, in the order of their start; those whose parent is not stored stand at the top, and say so. */
function treeOf(spans) {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const children = new Map();
  for (const span of spans) {
    const parent = ids.has(span.parentSpanId) ? span.parentSpanId : undefined;
    children.set(parent, [...(children.get(parent) ?? []), span]);
  }
  const rows = [];
  const walk = (parent, depth) => {
    for (const span of children.get(parent) ?? []) {
      rows.push({ ...span, depth, isOrphan: span.parentSpanId !== undefined && depth === 0 });
      walk(span.spanId, depth + 1);
    }
  };
  walk(undefined, 0);
  return rows;
}

function attributesOf({ attributes, spanId, kind, statusMessage }) {
  const all = {
    "span id": spanId,
    kind: kind.toLowerCase(),
    ...(statusMessage && { fault: statusMessage }),
    ...attributes,
  };
  return element(
    "dl",
    {},
    ...Object.entries(all).flatMap(([name, value]) => [
      element("dt", {}, name),
      element(
        "dd",
        {},
        name === "order.id"
          ? link(`/ops/orders/${value}`, String(value))
          : typeof value === "object"
            ? JSON.stringify(value)
            : String(value),
      ),
    ]),
  );
}

function row(span, from, ms) {
  const { service, name, depth, isOrphan, failed, startMs, durationMs, spanId } = span;
  const bar = element("span", { className: failed ? "bar error" : "bar" });
  bar.style.left = `${((startMs - from) / ms) * 100}%`;
  bar.style.width = `${(durationMs / ms) * 100}%`;
  const words = `${name}${failed ? " (error)" : ""}${isOrphan ? " (its parent is not stored)" : ""}`;
  const details = element("details", {}, element("summary", {}, words), attributesOf(span));
  details.style.marginLeft = `${depth}rem`;
  return element(
    "tr",
    { id: spanId, className: location.hash === `#${spanId}` ? "aimed" : "" },
    cell(service),
    cell(details),
    element("td", { className: "when" }, element("div", { className: "track", ariaHidden: "true" }, bar)),
    numberCell(duration(Math.max(0, startMs - from))),
    numberCell(duration(durationMs)),
  );
}

function show(spans) {
  const rows = treeOf(spans);
  const from = Math.min(...spans.map(({ startMs }) => startMs));
  const until = Math.max(...spans.map(({ startMs, durationMs }) => startMs + durationMs));
  const services = [...new Set(spans.map(({ service }) => service))];
  const failed = spans.filter((span) => span.failed).length;
  const orders = [...new Set(spans.map(({ attributes }) => attributes["order.id"]).filter(Boolean))];
  patch(
    byId("spans"),
    rows.map((span) => row(span, from, until - from || 1)),
  );
  byId("facts").replaceChildren(
    `${spans.length} spans in ${services.join(", ")}, ${duration(until - from)} from ${clock(from, true)}; ${failed === 0 ? "none failed" : `${failed} failed`}. `,
    ...orders.flatMap((id) => [link(`/ops/orders/${id}`, `Story of order ${id}`), " "]),
  );
  document.getElementById(location.hash.slice(1))?.scrollIntoView({ block: "center" });
}

async function load() {
  try {
    const { spans } = await api("GET", `/api/v1/ops/traces/${encodeURIComponent(traceId)}`);
    const text = JSON.stringify(spans);
    if (spans.state !== "ok") say("message", spans.text, true);
    else if (spans.data.length === 0)
      say("message", "No span of this trace is stored: it may be on its way, or old.");
    else {
      say("message", "");
      if (text !== known) show(spans.data);
    }
    known = text;
    updated(Date.now());
  } catch (error) {
    say("message", error.message, true);
  }
}

keepFresh(load);
