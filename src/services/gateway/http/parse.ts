import { errors } from "../domain/errors";

/** A ts-proto message type, as far as requests go. */
export type RequestType<T> = { fromJSON(value: unknown): T; encode(message: T): { finish(): Uint8Array } };

/** A request message from a JSON body, with what the path says put over it. Rules of single fields are the service's to check. */
export function fromBody<T>(type: RequestType<T>, body: unknown, path: Record<string, unknown> = {}): T {
  if (body !== undefined && body !== null && (typeof body !== "object" || Array.isArray(body))) {
    throw errors.badBody({ fault: "it is no JSON object" });
  }
  try {
    const message = type.fromJSON({ ...(body ?? {}), ...path });
    // `fromJSON` takes what it likes, as NaN or as no date; that it cannot be written shows here, while it is still the caller's fault.
    type.encode(message).finish();
    return message;
  } catch (error) {
    throw errors.badBody({ fault: error instanceof Error ? error.message : String(error) });
  }
}

/** A request message from a query string: numbers and lists (`statuses=PAID,PACKED`) as text. */
export function fromQuery<T>(type: RequestType<T>, query: unknown, path: Record<string, unknown> = {}): T {
  const fields: Record<string, unknown> = { ...(query as Record<string, unknown>) };
  if (typeof fields.statuses === "string") {
    fields.statuses = fields.statuses
      .split(",")
      .filter((status) => status !== "")
      .map((status) => (status.startsWith("ORDER_STATUS_") ? status : `ORDER_STATUS_${status}`));
  }
  for (const name of ["pageSize", "afterVersion"]) {
    if (fields[name] !== undefined) fields[name] = wholeNumber(name, fields[name]);
  }
  if (typeof fields.mine === "string") fields.mine = fields.mine === "true";
  return fromBody(type, fields, path);
}

/** A whole number of a query string. */
export function wholeNumber(name: string, given: unknown): number {
  if (typeof given !== "string" || !/^\d{1,9}$/.test(given)) {
    throw errors.badParameter({ name, given: String(given), expected: "a whole number" });
  }
  return Number(given);
}
