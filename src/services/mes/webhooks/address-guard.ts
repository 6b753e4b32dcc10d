import { lookup as lookUp, type LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import type { LookupFunction } from "node:net";
import addresses from "ipaddr.js";
import { errors } from "../domain/errors";

/** Whether an address is on the public internet; what is loopback, private, link-local, mapped or reserved in any way is not. */
export function isPublic(address: string): boolean {
  return rangeOf(address) === "unicast";
}

function isLoopback(address: string): boolean {
  return rangeOf(address) === "loopback";
}

function rangeOf(address: string): string | undefined {
  return addresses.isValid(address) ? addresses.parse(address).range() : undefined;
}

/** Whether a host is an address and no name. */
export const isAddress = (host: string): boolean => addresses.isValid(host);

/**
 * Throws WEBHOOK_URL_REFUSED for a URL that nothing may be posted to: https to public addresses is allowed, and with `allowPrivate` also private addresses, and http to
 * loopback. Looks the name up; what it names later is checked again at each connection.
 */
export async function mustBeAllowed(text: string, allowPrivate: boolean): Promise<void> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) throw errors.webhookUrlRefused({ why: "it is no URL" });
  if (url.username !== "" || url.password !== "")
    throw errors.webhookUrlRefused({ why: "it has a user in it" });
  if (url.hash !== "") throw errors.webhookUrlRefused({ why: "it has a fragment" });
  const plain = url.protocol === "http:" && allowPrivate;
  if (url.protocol !== "https:" && !plain) throw errors.webhookUrlRefused({ why: "it is not https" });
  const addresses = await addressesOf(hostOf(url));
  if (addresses.length === 0) throw errors.webhookUrlRefused({ why: "its host is not found" });
  if (plain && !addresses.every(isLoopback))
    throw errors.webhookUrlRefused({ why: "http is for loopback addresses only" });
  if (!allowPrivate && !addresses.every(isPublic))
    throw errors.webhookUrlRefused({ why: "its host is not a public address" });
}

/** The host as the resolver takes it: without the brackets of IPv6. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}

async function addressesOf(host: string): Promise<string[]> {
  if (isAddress(host)) return [host];
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}

/** Resolves names for connections and gives public addresses only: a name that was public when it was registered may name something else now. */
export const publicLookup: LookupFunction = (hostname, options, done) => {
  lookUp(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
    if (error) return done(error, "", 0);
    const [first, ...rest] = found.filter(({ address }) => isPublic(address));
    if (!first || rest.length + 1 < found.length) {
      return done(new Error(`${hostname} is not a public address`), "", 0);
    }
    return options.all ? done(null, [first, ...rest]) : done(null, first.address, first.family);
  });
};
