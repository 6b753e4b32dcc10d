import type { Entity } from "./entity";
import type { Message } from "./message-log";

/** The page that shows what was received, the newest first; it loads itself again every 5 s and needs no script. */
export function renderPage(messages: Message[]): string {
  const items = messages
    .toReversed()
    .map(
      (message) =>
        `<article id="m${message.messageId}"><header>#${message.messageId} · ${new Date(message.date * 1_000).toISOString().slice(0, 19)}Z · chat ${escapeHtml(message.chatId)}</header><p>${renderText(message.text, message.entities)}</p></article>`,
    );
  const none = `<p class="none">Nothing was sent yet. With a token of a real bot Alertmanager sends to Telegram, and nothing comes here.</p>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Telegram stand-in</title>
<style>
body{font:15px/1.45 system-ui,sans-serif;margin:0 auto;max-width:46rem;padding:1rem;background:#dfe7ee;color:#17212b}
article{background:#fff;border-radius:10px;padding:.6rem .9rem;margin:.7rem 0;box-shadow:0 1px 2px #0002}
header{color:#5b6b7a;font-size:12px}p{margin:.3rem 0;white-space:pre-wrap;overflow-wrap:anywhere}
.none{color:#5b6b7a}code,pre{background:#eef2f6;border-radius:4px;padding:0 .2em}a{color:#1f6feb}
</style></head><body>
<h1>Telegram stand-in</h1>
<p>What Alertmanager would have sent to Telegram. As JSON: <a href="/messages">/messages</a>.</p>
${items.join("\n") || none}
</body></html>
`;
}

const tags: Record<string, string> = {
  bold: "b",
  italic: "i",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
};

/** Writes text with its entities as HTML. Entities nest, since they come from tags; only links of http and https become links. */
function renderText(text: string, entities: Entity[]): string {
  const render = (from: number, to: number, inside: Entity[]): string => {
    let html = "";
    let at = from;
    for (let index = 0; index < inside.length;) {
      const entity = inside[index]!;
      const end = entity.offset + entity.length;
      const next = inside.findIndex(({ offset }, other) => other > index && offset >= end);
      const children = inside.slice(index + 1, next === -1 ? undefined : next);
      html += escapeHtml(text.slice(at, entity.offset));
      html += wrap(entity, render(entity.offset, end, children));
      at = end;
      index = next === -1 ? inside.length : next;
    }
    return html + escapeHtml(text.slice(at, to));
  };
  return render(0, text.length, entities);
}

function wrap(entity: Entity, html: string): string {
  if (entity.type === "text_link" && /^https?:\/\//.test(entity.url ?? ""))
    return `<a rel="noreferrer" href="${escapeHtml(entity.url ?? "")}">${html}</a>`;
  const tag = tags[entity.type];
  return tag ? `<${tag}>${html}</${tag}>` : html;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
