import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Order } from "../../../gen/alexandrite/order/v1/order";

/** Part of every tag: another one when an answer of the same versions gets another form. */
const layout = "1";

/** What of an order makes its answer another one: every change of an order is a version. */
export function versionOf(order: Pick<Order, "orderId" | "version"> | undefined): string {
  return order ? `${order.orderId}:${order.version}` : "";
}

/** The same of a page of orders. */
export function versionsOf(page: { orders: readonly Order[]; nextPageToken: string }): string {
  return [...page.orders.map(versionOf), page.nextPageToken].join(" ");
}

/**
 * Answers with `body`, or with 304 and without making it when the caller has it: `If-None-Match` names the tag made of `versions` (RFC 9110, 13.1.2). The tag is weak, for the same
 * versions may be written in other bytes. The answer may be kept by its caller only and must be asked about before it is used again; for other credentials it is another answer.
 */
export function sendVersioned(
  request: FastifyRequest,
  reply: FastifyReply,
  versions: string,
  body: () => unknown,
): FastifyReply {
  const digest = createHash("sha1").update(`${layout} ${versions}`).digest("base64url");
  const tag = `W/"${digest}"`;
  void reply
    .header("etag", tag)
    .header("cache-control", "private, max-age=0, must-revalidate")
    .header("vary", "authorization, x-api-key");
  return isKnown(request.headers["if-none-match"], digest) ? reply.code(304).send() : reply.send(body());
}

/** Compared weakly, as If-None-Match is: the mark of weakness does not count. `*` is any answer there is, and there is one. */
function isKnown(given: string | undefined, digest: string): boolean {
  if (given === undefined) return false;
  if (given.trim() === "*") return true;
  return given.split(",").some((each) => each.trim().replace(/^W\//, "") === `"${digest}"`);
}
