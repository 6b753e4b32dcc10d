import { z } from "zod";

/** Any text that is not empty. */
export const text = z.string().min(1, "must not be empty");

/** A text that may be empty: empty switches something off. */
export const optionalText = z.string();

/** `host:port`, port 1 to 65535; IPv6 hosts in brackets. */
export const address = z.string().refine(isAddress, "must be host:port with a port from 1 to 65535");

/** One or more `host:port`, separated by commas. */
export const addresses = z
  .string()
  .transform((value) => value.split(",").map((each) => each.trim()))
  .refine(
    (list) => list.length > 0 && list.every(isAddress),
    "must be host:port, or several separated by commas",
  );

/** Like `address`, or empty. */
export const optionalAddress = z
  .string()
  .refine((value) => value === "" || isAddress(value), "must be host:port, or empty to switch it off");

/** A whole number between `min` and `max`, both included. */
export function integer(min = 0, max = Number.MAX_SAFE_INTEGER): z.ZodType<number> {
  return z
    .string()
    .refine((value) => /^-?\d+$/.test(value.trim()), "must be a whole number")
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`);
}

/** A port; 0 means any free one. */
export const port = integer(0, 65_535);

/** `true`/`false`, also `1`/`0`, `yes`/`no`, `on`/`off`. */
export const flag = z
  .string()
  .refine((value) => /^(true|false|1|0|yes|no|on|off)$/i.test(value), "must be true or false")
  .transform((value) => /^(true|1|yes|on)$/i.test(value));

/** An http or https URL, without a slash at its end. */
export const httpUrl = z
  .string()
  .refine(
    (value) => /^https?:\/\/[^\s/]+/.test(value) && URL.canParse(value),
    "must be an http:// or https:// URL",
  )
  .transform((value) => value.replace(/\/+$/, ""));

/** Like `httpUrl`, or empty. */
export const optionalHttpUrl = z
  .string()
  .refine(
    (value) => value === "" || (/^https?:\/\/[^\s/]+/.test(value) && URL.canParse(value)),
    "must be an http:// or https:// URL, or empty to switch it off",
  )
  .transform((value) => value.replace(/\/+$/, ""));

/** One of a fixed set of words. */
export function oneOf<const T extends readonly [string, ...string[]]>(...words: T): z.ZodType<T[number]> {
  return z.enum(words, { error: `must be one of ${words.join(", ")}` });
}

function isAddress(value: string): boolean {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^\s:/,]+):(\d{1,5})$/.exec(value);
  if (!match) return false;
  const portNumber = Number(match[2]);
  return portNumber >= 1 && portNumber <= 65_535;
}
