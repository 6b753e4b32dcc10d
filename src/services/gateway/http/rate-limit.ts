import { createHash } from "node:crypto";
import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { errors } from "../domain/errors";

type Options = { max: number; windowMs: number };

/** Bounds each caller's requests: by credential where there is one, by address otherwise; 10,000 callers are remembered. */
export async function addRateLimit(app: FastifyInstance, { max, windowMs }: Options): Promise<void> {
  await app.register(rateLimit, {
    max,
    timeWindow: windowMs,
    cache: 10_000,
    keyGenerator: callerOf,
    errorResponseBuilder: (_request, { max: allowed, ttl }) =>
      errors.tooManyRequests({ allowed, windowMs }, { retryAfterMs: ttl }),
  });
}

function callerOf({ headers, ip }: FastifyRequest): string {
  const credential = headers.authorization ?? headers["x-api-key"];
  // Hashed, so that no table in memory holds credentials.
  return credential === undefined ? ip : createHash("sha256").update(String(credential)).digest("base64");
}
