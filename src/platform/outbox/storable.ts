/** What PostgreSQL takes in no text, and in no `jsonb`: U+0000, and halves of surrogate pairs. */
const unstorable = /\0|\p{Surrogate}/gu;
const longestText = 10_000;

/** A text that quotes a message, as it can be kept: a letter that cannot be written would be tried for ever, and hold up its partition. */
export function storableText(text: string): string {
  return text.slice(0, longestText).replace(unstorable, "\ufffd");
}

/** Headers as they can be kept. */
export function storableHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const pairs = Object.entries(headers);
  return Object.fromEntries(
    pairs.map(([name, value]) => [name.replace(unstorable, "\ufffd"), value.replace(unstorable, "\ufffd")]),
  );
}
