/** Where the last `parseNumber` or `parseIndex` stopped: the first byte that is no part of the number. */
export const parsed = { end: 0 };

const ZERO = 0x30;
const NINE = 0x39;
const POWERS = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));
/** Digits that fit a double exactly: 10^15 < 2^53. */
const EXACT_DIGITS = 15;
const SPLITTER = 134217729;

/**
 * Reads a decimal number from bytes, without making a string where that can be avoided, and rounds it exactly as
 * `Number()` does. Answers NaN, and stops at `start`, where no number begins; whoever calls decides what that means.
 */
export function parseNumber(bytes: Uint8Array, start: number, limit: number): number {
  let at = start;
  let byte = bytes[at]!;
  const negative = byte === 0x2d;
  if (negative || byte === 0x2b) at++;

  // The digits make up `high`, the first fifteen significant ones, and `low`, the next fifteen.
  let high = 0;
  let low = 0;
  let digits = 0;
  let lowDigits = 0;
  let seen = 0;
  let exponent = 0;
  let point = false;
  for (; at < limit; at++) {
    byte = bytes[at]!;
    if (byte >= ZERO && byte <= NINE) {
      seen++;
      if (point) exponent--;
      if (digits < EXACT_DIGITS) {
        high = high * 10 + (byte - ZERO);
        if (high !== 0) digits++;
      } else {
        if (lowDigits < EXACT_DIGITS) low = low * 10 + (byte - ZERO);
        lowDigits++;
      }
    } else if (byte === 0x2e && !point) {
      point = true;
    } else {
      break;
    }
  }
  if (seen === 0) {
    parsed.end = start;
    return NaN;
  }
  if (at < limit && (byte === 0x65 || byte === 0x45)) {
    const after = parseExponent(bytes, at + 1, limit);
    if (parsed.end > at) {
      exponent += after;
      at = parsed.end;
    }
  }
  parsed.end = at;

  let value: number;
  if (digits === 0) {
    value = 0;
  } else if (lowDigits === 0 && exponent >= -22 && exponent <= 22) {
    // Both are exact, so the one operation rounds once (Clinger's fast path).
    value = exponent < 0 ? high / POWERS[-exponent]! : high * POWERS[exponent]!;
  } else if (lowDigits > 0 && lowDigits <= EXACT_DIGITS && exponent < 0 && exponent >= -22) {
    value = divideExactly(high, low, lowDigits, POWERS[-exponent]!);
    if (Number.isNaN(value)) return fromText(bytes, start, at);
  } else {
    return fromText(bytes, start, at);
  }
  return negative ? -value : value;
}

/**
 * (high × 10^lowDigits + low) / divisor in double-double arithmetic, about 100 bits; NaN when the true quotient is
 * so near to the middle of two doubles that these bits do not decide.
 */
function divideExactly(high: number, low: number, lowDigits: number, divisor: number): number {
  const scale = POWERS[lowDigits]!;
  const product = high * scale;
  const productError = twoProductError(high, scale, product);
  const head = product + low;
  const tail = low - (head - product) + productError;

  const quotient = head / divisor;
  const back = quotient * divisor;
  const rest = head - back - twoProductError(quotient, divisor, back) + tail;
  const correction = rest / divisor;
  const margin = quotient * 2 ** -95;
  const value = quotient + (correction - margin);
  return value === quotient + (correction + margin) ? value : NaN;
}

/** a × b - product, exactly (Dekker). */
function twoProductError(a: number, b: number, product: number): number {
  const aBig = SPLITTER * a;
  const aHead = aBig - (aBig - a);
  const aTail = a - aHead;
  const bBig = SPLITTER * b;
  const bHead = bBig - (bBig - b);
  const bTail = b - bHead;
  return aHead * bHead - product + aHead * bTail + aTail * bHead + aTail * bTail;
}

/** Sets `parsed.end` to 0 where no exponent follows. */
function parseExponent(bytes: Uint8Array, start: number, limit: number): number {
  let at = start;
  const negative = bytes[at] === 0x2d;
  if (at < limit && (negative || bytes[at] === 0x2b)) at++;
  const first = at;
  let value = 0;
  for (; at < limit; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) break;
    if (value < 100_000) value = value * 10 + digit;
  }
  parsed.end = at > first ? at : 0;
  return negative ? -value : value;
}

/** The slow way, for the few numbers with very many digits or a large exponent. */
function fromText(bytes: Uint8Array, start: number, end: number): number {
  return Number(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1"));
}

/** Reads an integer of at most nine digits, with an optional minus; NaN and `start` where none begins. */
export function parseIndex(bytes: Uint8Array, start: number, limit: number): number {
  let at = start;
  const negative = bytes[at] === 0x2d;
  if (negative || bytes[at] === 0x2b) at++;
  const first = at;
  let value = 0;
  for (; at < limit; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  if (at === first || at - first > 9) {
    parsed.end = start;
    return NaN;
  }
  parsed.end = at;
  return negative ? -value : value;
}

/** Whether the word at `start` spells not-a-number or infinity, as C's printf writes them. */
export function spellsNonFinite(bytes: Uint8Array, start: number, limit: number): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.min(16, limit - start)).toString(
    "latin1",
  );
  return /^[+-]?(nan|inf|1\.#(inf|ind|qnan|snan))/i.test(text);
}
