import { clock, duration } from "./ops-page.js";
import { element } from "./page.js";

/** Longer pauses are drawn as long as this, in milliseconds. */
const longestPauseMs = 2_000;

/** Where times stand between 0 and 1, and where pauses were cut short. */
export function scaleOf(entries) {
  const times = [...new Set(entries.flatMap(({ atMs, durationMs = 0 }) => [atMs, atMs + durationMs]))].sort(
    (a, b) => a - b,
  );
  const points = [];
  const pauses = [];
  let x = 0;
  times.forEach((time, index) => {
    const gap = index === 0 ? 0 : time - times[index - 1];
    x += Math.min(gap, longestPauseMs);
    points.push({ time, x });
    if (gap > longestPauseMs) pauses.push({ x: x - longestPauseMs / 2, ms: gap });
  });
  const width = x || 1;
  const at = new Map(points.map((point) => [point.time, point.x / width]));
  return {
    at: (time) => at.get(time),
    pauses: pauses.map(({ x: mid, ms }) => ({ at: mid / width, ms })),
    times,
  };
}

const percent = (share) => `${(share * 100).toFixed(3)}%`;

function place(node, from, to) {
  node.style.left = percent(from);
  if (to !== undefined) node.style.width = percent(to - from);
  return node;
}

const marks = { event: "◆", log: "│" };

function markOf(entry, scale) {
  const { kind, atMs, durationMs = 0, title, level, version, link } = entry;
  const words = `${clock(atMs, true)} ${version ? `version ${version}: ` : ""}${title}`;
  const properties = { title: words, ...(link && { href: link }), tabIndex: -1 };
  if (kind === "span")
    return place(
      element(link ? "a" : "span", { ...properties, className: level === "error" ? "bar error" : "bar" }),
      scale.at(atMs),
      scale.at(atMs + durationMs),
    );
  const sign = kind === "log" && level !== "ok" ? "✕" : marks[kind];
  const className = level === "ok" ? "mark" : "mark error";
  return place(element(link ? "a" : "span", { ...properties, className }, sign), scale.at(atMs));
}

/** The lanes of a time axis, one per process; the table below it says the same to whoever cannot see it. */
export function lanesOf(entries) {
  const scale = scaleOf(entries);
  const names = [...new Set(entries.map(({ service }) => service))];
  const pauses = () =>
    scale.pauses.map(({ at, ms }) =>
      place(element("span", { className: "pause", title: `${duration(ms)} without anything` }), at),
    );
  const lane = (name, className, ...children) =>
    element(
      "div",
      { className },
      element("span", {}, name),
      element("div", { className: "track" }, ...children),
    );
  const lanes = names.map((name) =>
    lane(
      name,
      "lane",
      ...pauses(),
      ...entries.filter(({ service }) => service === name).map((entry) => markOf(entry, scale)),
    ),
  );
  const last = element("span", {}, scale.times.length > 1 ? clock(scale.times.at(-1), true) : "");
  last.style.right = "0";
  const first = element("span", {}, scale.times.length > 0 ? clock(scale.times[0], true) : "");
  return [...lanes, lane("", "lane times", first, last)];
}
