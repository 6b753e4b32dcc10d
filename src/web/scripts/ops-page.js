import { byId, element } from "./page.js";

/** How often a page of operations is read again, in milliseconds. */
const refreshMs = 5_000;

/** Calls `load` now and every five seconds, one at a time, not while nobody looks; returns how to call it at once. */
export function keepFresh(load) {
  let running;
  const run = () => (running ??= load().finally(() => (running = undefined)));
  setInterval(() => document.hidden || void run(), refreshMs);
  document.addEventListener("visibilitychange", () => document.hidden || void run());
  void run();
  return async () => {
    await running;
    await run();
  };
}

/** Puts `nodes` into `parent` and touches only what differs, so that nothing flickers and what is selected stays. */
export function patch(parent, nodes) {
  nodes.forEach((node, index) => {
    const old = parent.childNodes[index];
    if (!old) parent.append(node);
    else if (!old.isEqualNode(node)) old.replaceWith(node);
  });
  while (parent.childNodes.length > nodes.length) parent.lastChild.remove();
}

const shownAt = new Map();

/** Shows what a source told, or says why there is nothing; what it told before stays, marked as old, while it does not answer. */
export function showTold(id, told, rows, none) {
  const place = byId(id);
  const message = byId(`${id}-message`);
  if (told.state === "ok") {
    const made = rows(told.data);
    patch(place, made);
    shownAt.set(id, clock(Date.now()));
    message.textContent = made.length === 0 ? none : "";
  } else {
    const old = told.state === "failed" && shownAt.get(id);
    if (!old) patch(place, []);
    message.textContent = old ? `${told.text} What is below is from ${old}.` : told.text;
  }
  message.classList.toggle("bad", told.state === "failed");
  place.classList.toggle("stale", told.state !== "ok");
  const table = place.closest("table");
  if (table) table.hidden = place.childNodes.length === 0;
}

export const badge = (text, kind) => element("span", { className: `badge ${kind}` }, text);

/** A link where it is one of the web or of this site, else the text alone. */
export function link(href, text) {
  const isSafe = /^https?:\/\//.test(href) || /^\/(?![/\\])/.test(href);
  return isSafe ? element("a", { href }, text) : element("span", {}, text);
}

export function clock(ms, withMs = false) {
  const text = new Date(ms).toLocaleTimeString("en-GB", { hour12: false });
  return withMs ? `${text}.${String(Math.floor(ms) % 1_000).padStart(3, "0")}` : text;
}

/** `3.2 ms`, `1.25 s`, `4 min 5 s`, `2 h 3 min`. */
export function duration(ms) {
  if (ms < 1) return `${Math.round(ms * 1_000)} µs`;
  if (ms < 1_000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.round(ms / 1_000) % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function updated(at) {
  byId("updated").textContent = `Read at ${clock(new Date(at))}, and again every 5 s.`;
}

/** The form that leads to an order's story. */
export function searchOrder() {
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    location.assign(`/ops/orders/${event.target.order.value.trim().toLowerCase()}`);
  });
}
