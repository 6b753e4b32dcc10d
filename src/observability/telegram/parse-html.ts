import type { Entity, FormattedText } from "./entity";

/** Text that Telegram refuses; the message is Telegram's own wording, behind `can't parse entities: `. */
export class MarkupError extends Error {}

const types: Record<string, string> = {
  a: "text_link",
  b: "bold",
  strong: "bold",
  i: "italic",
  em: "italic",
  u: "underline",
  ins: "underline",
  s: "strikethrough",
  strike: "strikethrough",
  del: "strikethrough",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
  span: "spoiler",
  "tg-spoiler": "spoiler",
  "tg-emoji": "custom_emoji",
};
const references = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["amp", "&"],
  ["quot", '"'],
]);

type Tag = { name: string; attributes: Map<string, string>; offset: number };

/**
 * Parses the HTML that `parse_mode: HTML` takes, as Telegram's own parser does (https://core.telegram.org/bots/api#html-style, tdlib's `parse_html`):
 * a dozen tags, four named references and numeric ones; everything else that looks like a tag is an error. Offsets in errors count UTF-8 bytes.
 */
export function parseHtml(html: string): FormattedText {
  const entities: Entity[] = [];
  const open: Tag[] = [];
  let text = "";
  let at = 0;
  while (at < html.length) {
    if (html[at] === "&") {
      const { value, end } = readReference(html, at);
      text += value;
      at = end;
    } else if (html[at] !== "<") {
      text += html[at++];
    } else if (html[at + 1] === "/") {
      at = readEndTag(html, at, open.at(-1));
      const tag = open.pop();
      if (tag && text.length > tag.offset) entities.push(entityOf(tag, text));
    } else {
      const { tag, end } = readStartTag(html, at, text.length);
      open.push(tag);
      at = end;
    }
  }
  const unclosed = open.at(-1);
  if (unclosed) throw new MarkupError(`Can't find end tag corresponding to start tag "${unclosed.name}"`);
  // Half of a surrogate pair.
  if (/\p{Surrogate}/u.test(text))
    throw new MarkupError(
      "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units",
    );
  return { text, entities: entities.sort((a, b) => a.offset - b.offset || b.length - a.length) };
}

function entityOf(tag: Tag, text: string): Entity {
  const entity = { type: types[tag.name] ?? tag.name, offset: tag.offset, length: text.length - tag.offset };
  return tag.name === "a" ? { ...entity, url: tag.attributes.get("href") || text.slice(tag.offset) } : entity;
}

/** A reference that Telegram does not know is text: `&nbsp;` stays as it is. */
function readReference(html: string, at: number): { value: string; end: number } {
  const [all, hex, decimal, name] =
    /^&(?:#x([\da-f]{1,8})|#(\d{1,8})|([a-z]+));?/i.exec(html.slice(at, at + 12)) ?? [];
  const code = hex ? Number.parseInt(hex, 16) : Number(decimal ?? 0);
  const value = name
    ? references.get(name)
    : code > 0 && code <= 0x10ffff
      ? String.fromCodePoint(code)
      : undefined;
  return all && value !== undefined ? { value, end: at + all.length } : { value: "&", end: at + 1 };
}

function readEndTag(html: string, at: number, tag: Tag | undefined): number {
  const where = byteOffset(html, at);
  if (!tag) throw new MarkupError(`Unexpected end tag at byte offset ${where}`);
  const [all, name] = /^<\/([^\s>]*)\s*>/.exec(html.slice(at)) ?? [];
  if (all === undefined) throw new MarkupError(`Unclosed end tag at byte offset ${where}`);
  if (name && name !== tag.name)
    throw new MarkupError(
      `Unmatched end tag at byte offset ${where}, expected "</${tag.name}>", found "</${name}>"`,
    );
  return at + all.length;
}

function readStartTag(html: string, begin: number, offset: number): { tag: Tag; end: number } {
  const where = byteOffset(html, begin);
  const unclosed = new MarkupError(`Unclosed start tag at byte offset ${where}`);
  const name = /^[^\s>]*/.exec(html.slice(begin + 1))?.[0].toLowerCase() ?? "";
  let at = begin + 1 + name.length;
  if (at >= html.length) throw unclosed;
  if (!Object.hasOwn(types, name))
    throw new MarkupError(`Unsupported start tag "${name}" at byte offset ${where}`);
  const attributes = new Map<string, string>();
  for (;;) {
    at = skipSpace(html, at);
    if (at >= html.length) throw unclosed;
    if (html[at] === ">") break;
    const attribute = /^[^\s=>/"']*/.exec(html.slice(at))?.[0] ?? "";
    if (attribute === "")
      throw new MarkupError(`Empty attribute name in the tag "${name}" at byte offset ${where}`);
    at = skipSpace(html, at + attribute.length);
    if (html[at] !== "=") {
      attributes.set(attribute.toLowerCase(), "");
      continue;
    }
    at = skipSpace(html, at + 1);
    if (at >= html.length) throw new MarkupError(`Unclosed start tag "${name}" at byte offset ${where}`);
    const { value, end } = readValue(html, at);
    attributes.set(attribute.toLowerCase(), value);
    at = end;
  }
  if (name === "span" && attributes.get("class") !== "tg-spoiler")
    throw new MarkupError(`Tag "span" must have class "tg-spoiler" at byte offset ${where}`);
  return { tag: { name, attributes, offset }, end: at + 1 };
}

/** A name token, or a string in either kind of quotes, with its references decoded. */
function readValue(html: string, begin: number): { value: string; end: number } {
  const quote = html[begin];
  if (quote !== '"' && quote !== "'") {
    const token = /^[a-z\d.-]*/i.exec(html.slice(begin))?.[0] ?? "";
    const end = begin + token.length;
    if (end < html.length && !/[\s>]/.test(html[end] ?? ""))
      throw new MarkupError(`Unexpected end of name token at byte offset ${byteOffset(html, begin)}`);
    return { value: token.toLowerCase(), end };
  }
  let value = "";
  let at = begin + 1;
  while (at < html.length && html[at] !== quote) {
    const read = html[at] === "&" ? readReference(html, at) : { value: html[at] ?? "", end: at + 1 };
    value += read.value;
    at = read.end;
  }
  return { value, end: Math.min(at + 1, html.length) };
}

function skipSpace(html: string, at: number): number {
  while (at < html.length && /\s/.test(html[at] ?? "")) at++;
  return at;
}

function byteOffset(html: string, at: number): number {
  return Buffer.byteLength(html.slice(0, at));
}
