import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { TokenBuckets } from "../../../platform/overload";
import { errors } from "../domain/errors";

declare module "fastify" {
  interface FastifyContextConfig {
    /** True for routes whose requests count for nobody's bucket. */
    unlimited?: boolean;
  }
}

type Options = { perSecond: number; burst: number };

/**
 * A token bucket per caller: by credential where there is one, by address otherwise; 10,000 callers are remembered. What a credential is worth is not known here: the services
 * have a bucket per user and per key behind it, which no number of tokens for one user gets around.
 */
export function addRateLimit(app: FastifyInstance, { perSecond, burst }: Options): void {
  const buckets = new TokenBuckets({ perSecond, burst });
  app.addHook("onRequest", async (request) => {
    if (request.routeOptions.config.unlimited) return;
    const waitMs = Math.ceil(buckets.take(callerOf(request), performance.now()));
    if (waitMs > 0) throw errors.tooManyRequests({ perSecond, burst, waitMs }, { retryAfterMs: waitMs });
  });
}

function callerOf({ headers, ip }: FastifyRequest): string {
  const credential = headers.authorization ?? headers["x-api-key"];
  // Hashed, so that no table in memory holds credentials.
  return credential === undefined ? ip : createHash("sha256").update(String(credential)).digest("base64");
}
