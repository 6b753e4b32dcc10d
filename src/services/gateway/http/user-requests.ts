import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { LRUCache } from "lru-cache";
import type { Authenticator } from "../../../platform/grpc";
import type { ServiceHost } from "../../../platform/lifecycle";
import { context, ROOT_CONTEXT } from "../../../platform/telemetry";
import { BusiestUsers } from "../domain/busiest-users";
import { namedUsers, userRequestsTotal } from "../metrics";

/** Whose requests count as one user's: what is behind a credential does not change. */
const knownFor = { max: 10_000, ttl: 600_000 };
/** How often it is looked who asks most, in milliseconds. */
const rankMs = 10_000;

/**
 * Counts the answered requests of each API by user. Who that is, is asked after the answer, once per credential, and costs the request nothing; an answer of 401 is nobody's.
 * The users that ask most have series of their own, see `BusiestUsers`.
 */
export function addUserRequests(host: ServiceHost, app: FastifyInstance, authenticate: Authenticator): void {
  const requests = host.metrics.counter(userRequestsTotal);
  const users = new LRUCache<string, string>(knownFor);
  const busiest = new BusiestUsers(namedUsers);
  host.every("rank-users", rankMs, async () => {
    for (const user of busiest.rank()) for (const api of apis) requests.remove({ api, user });
  });

  async function userOf({ authorization, apiKey }: Credentials): Promise<string> {
    const key = createHash("sha256").update(`${authorization}\n${apiKey}`).digest("base64");
    const known = users.get(key);
    if (known !== undefined) return known;
    const { role, id } = await authenticate({
      ...(authorization !== undefined && { authorization }),
      ...(apiKey !== undefined && { apiKey }),
    });
    const user = `${role}:${id}`;
    users.set(key, user);
    return user;
  }

  app.addHook("onResponse", (request, reply, done) => {
    done();
    const api = apiOf(request);
    if (api === undefined) return;
    const credentials = credentialsOf(request);
    if (reply.statusCode === 401) return requests.inc({ api, user: "refused" });
    if (credentials === undefined) return requests.inc({ api, user: "anonymous" });
    // Neither in the request's trace nor under its deadline: it has ended.
    context
      .with(ROOT_CONTEXT, () => userOf(credentials))
      .then(
        (user) => requests.inc({ api, user: busiest.count(user) ? user : "other" }),
        () => requests.inc({ api, user: "refused" }),
      );
  });
}

type Credentials = { authorization: string | undefined; apiKey: string | undefined };

function credentialsOf({ headers }: FastifyRequest): Credentials | undefined {
  const apiKey = headers["x-api-key"];
  const given = {
    authorization: headers.authorization,
    apiKey: typeof apiKey === "string" ? apiKey : undefined,
  };
  return given.authorization === undefined && given.apiKey === undefined ? undefined : given;
}

const apis = ["shop", "crm", "mes", "operator"] as const;
type Api = (typeof apis)[number];

/** The service behind a route; undefined for pages. */
function apiOf({ method, routeOptions, is404 }: FastifyRequest): Api | undefined {
  const { url = "" } = routeOptions;
  if (is404 || !/^\/(api|product_list|\.well-known)/.test(url)) return undefined;
  if (url.startsWith("/api/v1/seller/")) return "crm";
  if (url.startsWith("/api/v1/operator/")) return "operator";
  const isOfMes =
    /\/(price-book|model|calculation)$/.test(url) || (method === "POST" && url === "/api/v1/orders");
  return isOfMes ? "mes" : "shop";
}
