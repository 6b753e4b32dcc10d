// The part of Markdown that docs/runbook.md is written in, as a page: headings, paragraphs, lists, tables, code, bold, links.

const escape = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/** The anchor that a heading has, as code hosts give it. */
const anchor = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replace(/ /g, "-");

const inline = (text) =>
  text
    .split(/(`[^`]+`)/)
    .map((part, at) =>
      at % 2 === 1
        ? `<code>${escape(part.slice(1, -1))}</code>`
        : escape(part)
            .replace(/\*\*(.+?)\*\*/g, "<strong>$1</strong>")
            .replace(/&#60;(https?:\/\/\S+?)&#62;/g, '<a href="$1">$1</a>')
            // A path leads to a file of the checkout, which the gateway does not serve.
            .replace(/\[([^\]]+)\]\(([\w./-]+(?:#[\w-]+)?)\)/g, "$1 ($2)")
            .replace(/\[([^\]]+)\]\(((?:https?:\/\/|#)[^)\s]+)\)/g, '<a href="$2">$1</a>'),
    )
    .join("");

const cells = (line) =>
  line
    .replace(/^\||\|\s*$/g, "")
    .split("|")
    .map((cell) => inline(cell.trim()));

/** Writes Markdown as the body of a page. */
export function renderMarkdown(markdown) {
  const lines = markdown.split("\n");
  const out = [];
  for (let at = 0; at < lines.length;) {
    const take = (wanted) => {
      const from = at;
      while (at < lines.length && wanted(lines[at])) at += 1;
      return lines.slice(from, at);
    };
    const line = lines[at];
    const [, marks, heading] = /^(#{1,4}) (.+)$/.exec(line) ?? [];
    if (heading) {
      out.push(`<h${marks.length} id="${escape(anchor(heading))}">${inline(heading)}</h${marks.length}>`);
      at += 1;
    } else if (line.startsWith("```")) {
      at += 1;
      out.push(`<pre>${escape(take((next) => !next.startsWith("```")).join("\n"))}</pre>`);
      at += 1;
    } else if (line.startsWith("|")) {
      const [head = "", , ...rows] = take((next) => next.startsWith("|"));
      const row = (text, tag) =>
        `<tr>${cells(text)
          .map((cell) => `<${tag}>${cell}</${tag}>`)
          .join("")}</tr>`;
      out.push(`<table>${row(head, "th")}${rows.map((text) => row(text, "td")).join("")}</table>`);
    } else if (/^[*-] /.test(line)) {
      const items = take((next) => /^([*-] | {2,}\S)/.test(next))
        .join("\n")
        .split(/^[*-] /m)
        .slice(1);
      out.push(`<ul>${items.map((item) => `<li>${inline(item.trim())}</li>`).join("")}</ul>`);
    } else if (/^\d+\. /.test(line)) {
      const items = take((next) => /^(\d+\. | {2,}\S)/.test(next))
        .join("\n")
        .split(/^\d+\. /m)
        .slice(1);
      out.push(`<ol>${items.map((item) => `<li>${inline(item.trim())}</li>`).join("")}</ol>`);
    } else if (line.trim() === "") at += 1;
    else
      out.push(
        `<p>${inline(take((next) => !/^(#{1,4} |```|\||[*-] |\d+\. |\s*$)/.test(next)).join(" "))}</p>`,
      );
  }
  return out.join("\n");
}
