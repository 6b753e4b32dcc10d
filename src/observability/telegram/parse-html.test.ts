import { MarkupError, parseHtml } from "./parse-html";

test.each([
  ["<abacaba", "Unclosed start tag at byte offset 0"],
  ["ж<div>x</div>", 'Unsupported start tag "div" at byte offset 2'],
  ["a < b", 'Unsupported start tag "" at byte offset 2'],
  ["<b>x", `Can't find end tag corresponding to start tag "b"`],
  ["<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'],
  ["x</b>", "Unexpected end tag at byte offset 1"],
  ["<b>x</b  ", "Unclosed end tag at byte offset 4"],
  ['<a href="x', "Unclosed start tag at byte offset 0"],
  ["<a =x>", 'Empty attribute name in the tag "a" at byte offset 0'],
  ["<a href= ", 'Unclosed start tag "a" at byte offset 0'],
  ["<a href=x/y>z</a>", "Unexpected end of name token at byte offset 8"],
  ["<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'],
  [
    "&#xDFDF;",
    "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units",
  ],
])("%j is refused in Telegram's words", (html, words) => {
  expect(() => parseHtml(html)).toThrow(new MarkupError(words));
});

test.each([
  ["plain", "plain", []],
  ["1 &lt; 2 &amp;&amp; 3 &gt; 2 &quot;&#33;&#x21;", '1 < 2 && 3 > 2 "!!', []],
  ["&nbsp;&constructor; a & b", "&nbsp;&constructor; a & b", []],
  ["<b></b>x", "x", []],
  ["🔥<B>up</>", "🔥up", [{ type: "bold", offset: 2, length: 2 }]],
  [
    "<a href='http://x/?a=1&amp;b=2'>go</a>",
    "go",
    [{ type: "text_link", offset: 0, length: 2, url: "http://x/?a=1&b=2" }],
  ],
  [
    "<b>a<i>b</i></b>",
    "ab",
    [
      { type: "bold", offset: 0, length: 2 },
      { type: "italic", offset: 1, length: 1 },
    ],
  ],
])("%j is %j", (html, text, entities) => {
  expect(parseHtml(html)).toEqual({ text, entities });
});
