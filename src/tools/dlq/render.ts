import type { Letter, LetterLine, RequestLine } from "./letters";

/** How much of a body that is no JSON is shown, in bytes. */
const hexBytes = 1_024;

/** A service's letters as a table with a line each. */
export function renderList(service: string, letters: readonly LetterLine[]): string[] {
  return letters.map(({ id, consumer_group, key, version, reason, created_at, resolution, parked }) =>
    [
      `${service}:${id}`.padEnd(10),
      consumer_group.padEnd(6),
      reason.padEnd(11),
      (key ?? "no valid key").padEnd(36),
      `v${version ?? "?"}`.padEnd(5),
      created_at.toISOString(),
      resolution === null ? `${parked} parked behind it` : resolution,
    ].join("  "),
  );
}

/** All that is known of a letter. */
export function renderLetter(service: string, letter: Letter, requests: readonly RequestLine[]): string[] {
  const { kafka_partition, kafka_offset, headers, resolved_at, resolution } = letter;
  const origin =
    kafka_partition === null
      ? "fetched from the holder"
      : `partition ${kafka_partition} offset ${kafka_offset ?? "?"}`;
  const state = resolved_at === null ? "open" : `${resolution} ${resolved_at.toISOString()}`;
  return [
    `Dead letter ${service}:${letter.id}, ${state}`,
    `  order    ${letter.key ?? "no valid key, nothing is blocked"}${letter.version === null ? "" : ` version ${letter.version}`}`,
    `  reason   ${letter.reason}`,
    `  error    ${letter.error}`,
    `  group    ${letter.consumer_group}`,
    `  origin   ${letter.topic} ${origin}`,
    `  since    ${letter.created_at.toISOString()}`,
    `  trace    ${headers["traceparent"]?.split("-")[1] ?? "–"}`,
    `  parked   ${letter.parked} behind it`,
    "  headers",
    ...Object.entries(headers).map(([name, value]) => `    ${name}: ${value}`),
    "  body",
    ...renderBody(letter.value).map((line) => `    ${line}`),
    "  requests",
    ...(requests.length === 0 ? ["    none"] : requests.map((each) => `    ${renderRequest(each)}`)),
  ];
}

export function renderRequest({
  action,
  requested_by,
  reason,
  requested_at,
  outcome,
  error,
}: RequestLine): string {
  const why = reason === "" ? "" : ` (${reason})`;
  const what = outcome ?? "no answer yet";
  return `${requested_at.toISOString()}  ${action} by ${requested_by}${why}: ${what}${error === null ? "" : `, ${error}`}`;
}

/** JSON, indented; anything else in hexadecimal with what can be printed beside it. */
function renderBody(value: Buffer): string[] {
  try {
    return JSON.stringify(JSON.parse(value.toString()), undefined, 2).split("\n");
  } catch {
    const lines: string[] = [];
    for (let at = 0; at < Math.min(value.length, hexBytes); at += 16) {
      const part = value.subarray(at, Math.min(at + 16, hexBytes));
      const hex = part.toString("hex").replace(/(..)/g, "$1 ").padEnd(48);
      lines.push(
        `${at.toString(16).padStart(6, "0")}  ${hex} ${part.toString("latin1").replace(/[^ -~]/g, ".")}`,
      );
    }
    if (value.length > hexBytes) lines.push(`and ${value.length - hexBytes} bytes more`);
    return lines.length === 0 ? ["empty"] : lines;
  }
}
