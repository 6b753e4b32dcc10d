/** A GELF message: Graylog's codec takes strings and numbers only. */
export type Gelf = Record<string, string | number>;

/** Longest text of one field in bytes of UTF-8. Lucene refuses a whole message for one keyword above 32,766. */
const maxFieldBytes = 32_000;
const maxFields = 200;
/** Of all fields together. Graylog's TCP input throws away frames above 2 MiB (`max_message_size`), and JSON escapes lengthen a text. */
const maxMessageBytes = 512 * 1024;
const maxDepth = 6;

/**
 * Names that Graylog fills itself: a field of ours would be dropped without a word, or take the place of its own
 * (GelfDecoder and Message of graylog2-server 6.3.7). Those of `gl2_` are Graylog's too.
 */
const taken = new Set([
  "id",
  "host",
  "source",
  "message",
  "short_message",
  "full_message",
  "timestamp",
  "level",
  "streams",
]);

/**
 * The additional fields of one message. Whatever the codec would drop in silence is named in the message instead: `null_fields` (null, and with it
 * NaN and the infinities, which JSON writes as null; a word in their place would break a numeric index), `empty_fields` (empty or blank texts, lists and
 * objects), `cut_fields` (texts over the limit), `fields_left_out` (their number, beyond the bounds of a message).
 */
export class GelfFields {
  readonly #message: Gelf;
  readonly #null: string[] = [];
  readonly #empty: string[] = [];
  readonly #cut: string[] = [];
  #count = 0;
  #bytes = 0;
  #leftOut = 0;

  constructor(message: Gelf) {
    this.#message = message;
  }

  /** Adds a value under a name; objects are flattened with `_`, lists of plain values joined with commas. */
  add(name: string, value: unknown, depth = 0): void {
    if (value === null || value === undefined) return this.#note(this.#null, name);
    if (typeof value === "number" && Number.isFinite(value)) return this.#put(name, value, 8);
    if (typeof value !== "object") return this.#text(name, String(value));
    if (Array.isArray(value) && value.every((each) => typeof each !== "object" || each === null)) {
      return this.#text(name, value.map(String).join(", "));
    }
    const entries = Object.entries(value);
    if (entries.length === 0) return this.#note(this.#empty, name);
    if (depth >= maxDepth) return this.#text(name, JSON.stringify(value));
    for (const [key, inner] of entries) this.add(name === "" ? key : `${name}_${key}`, inner, depth + 1);
  }

  /** Adds what could not be added. */
  finish(): void {
    const lists = { null_fields: this.#null, empty_fields: this.#empty, cut_fields: this.#cut };
    for (const [name, list] of Object.entries(lists)) {
      if (list.length > 0) this.#message[this.#free(name)] = cutBytes(list.join(", "), maxFieldBytes);
    }
    if (this.#leftOut > 0) this.#message[this.#free("fields_left_out")] = this.#leftOut;
  }

  #text(name: string, value: string): void {
    if (value.trim() === "") return this.#note(this.#empty, name);
    const text = cutBytes(value, maxFieldBytes);
    if (text !== value) this.#note(this.#cut, name);
    this.#put(name, text, text.length);
  }

  #note(list: string[], name: string): void {
    if (list.length < maxFields) list.push(name);
  }

  #put(name: string, value: string | number, bytes: number): void {
    if (this.#count >= maxFields || this.#bytes + bytes > maxMessageBytes) {
      this.#leftOut++;
      return;
    }
    this.#count++;
    this.#bytes += bytes;
    this.#message[this.#free(name)] = value;
  }

  /** The key of a name: in the codec's alphabet, no name of Graylog's own, and not used yet (`a b` and `a_b`). */
  #free(name: string): string {
    const clean = name.slice(0, 200).replace(/[^\w.@-]/g, "_") || "field";
    let key = taken.has(clean) || clean.startsWith("gl2_") ? `_field_${clean}` : `_${clean}`;
    while (Object.hasOwn(this.#message, key)) key += "_";
    return key;
  }
}

/** A text of at most `limit` bytes of UTF-8; a longer one is cut between two characters and ends with `…`. */
export function cutBytes(text: string, limit: number): string {
  if (text.length * 3 <= limit || Buffer.byteLength(text) <= limit) return text;
  // No character is shorter than one byte, so what lies beyond need not be encoded.
  const bytes = Buffer.from(text.slice(0, limit));
  let end = limit - 3;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${bytes.toString("utf8", 0, end)}…`;
}
