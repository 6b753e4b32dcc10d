/** A first look that costs next to nothing: 16 digits in a row where a value may stand. */
const maybeLong = /[:,[]-?\d{16}/;
const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/**
 * JSON in which integers beyond 2^53 are texts, so that `JSON.parse` does not round them. (From Node 21 on a reviver is told the source; the floor is 20.)
 */
export function quoteLongIntegers(json: string): string {
  if (!maybeLong.test(json)) return json;
  let quoted = "";
  let copied = 0;
  for (let at = 0; at < json.length; at++) {
    const char = json.charCodeAt(at);
    if (char === 0x22) at = endOfText(json, at);
    else if (char === 0x2d || (char >= 0x30 && char <= 0x39)) {
      number.lastIndex = at;
      const [found = "-"] = number.exec(json) ?? [];
      if (/^-?\d+$/.test(found) && !Number.isSafeInteger(Number(found))) {
        quoted += `${json.slice(copied, at)}"${found}"`;
        copied = at + found.length;
      }
      at += found.length - 1;
    }
  }
  return quoted + json.slice(copied);
}

/** Where the closing quote of the text that opens at `at` stands. */
function endOfText(json: string, at: number): number {
  for (let end = json.indexOf('"', at + 1); end >= 0; end = json.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (json.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return json.length;
}
