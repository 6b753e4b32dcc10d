import type { Dice } from "./dice";

/** Texts that somebody's storage, page, log, path or shell takes for something else. */
const texts = [
  "", " ", "\0", "a\0b", "\ud800", "\udfff\ud800", "\ufeff", "\uffff", "\u202etxt", "\r\n\r\n", "é".normalize("NFD"), "𝕏".repeat(40), "İ", "ß",
  "' OR 1=1 --", "\\", "%00", "%", "%s%n", "../../etc/passwd", "/", "//", "?a=1#b", "__proto__", "constructor", "toString", "null", "undefined", "NaN",
  "true", "-1", "0", "9".repeat(40), "1e400", "2026-02-30T25:61:61Z", "+275760-09-13T00:00:00.001Z", "-271821-04-20T00:00:00Z", "{}", "[]", "{\"a\":1}", "<script>",
  "${jndi:ldap://x}", "{{7*7}}", "http://127.0.0.1/", "http://[::1]:80/", "file:///etc/passwd", "https://a@b:c/", "00000000-0000-0000-0000-000000000000",
  "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "{00000000-0000-0000-0000-000000000000}", "ORDER_STATUS_PRICED", "PLA", "eyJ9", "AAAA", "====",
] as const; // prettier-ignore

/** A text that is seldom expected; one in ten is long, one in sixty very. */
export function oddText(dice: Dice): string {
  if (dice.oneIn(60)) return dice.pick(["a", "\0", "é", "'", "%", " "]).repeat(1 << dice.between(12, 19));
  if (dice.oneIn(10)) return dice.pick(texts).repeat(1 + dice.size(600));
  return dice.oneIn(6) ? dice.pick(texts) + dice.pick(texts) : dice.pick(texts);
}

/** The bytes of one, or bytes that are no UTF-8. */
export function oddTextBytes(dice: Dice): Buffer {
  if (dice.oneIn(5)) return dice.oneIn(2) ? dice.pick(notUtf8) : dice.bytes(1 + dice.size(200));
  return Buffer.from(oddText(dice));
}

/** Halves of surrogates, overlong forms, a cut sequence, above the last code point. */
const notUtf8 = ["eda080", "edbfbf", "c080", "e2828", "e282", "f4908080", "ff", "80", "f0808080"].map((hex) =>
  Buffer.from(hex, "hex"),
);
