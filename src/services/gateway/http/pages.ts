import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";

/** The folder of pages, beside the services in the sources and in the build alike. */
const root = join(__dirname, "../../../web");

/** Everything a page needs comes from here; nothing is fetched from elsewhere, and no script stands in the page itself. */
const contentSecurityPolicy =
  "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'";

/** The web pages of customer, seller, operator and whoever is on call: static files that talk to the same API as everybody. */
export async function addPages(app: FastifyInstance): Promise<void> {
  await app.register(fastifyStatic, {
    root,
    extensions: ["html"],
    setHeaders: (reply) => {
      reply.setHeader("content-security-policy", contentSecurityPolicy);
      reply.setHeader("x-content-type-options", "nosniff");
      reply.setHeader("referrer-policy", "same-origin");
    },
  });
  app.get("/docs/runbook.md", (_request, reply) => reply.sendFile("runbook.html"));
  app.get("/ops/orders/:orderId", (_request, reply) => reply.sendFile("ops-order.html"));
  app.get("/ops/traces/:traceId", (_request, reply) => reply.sendFile("ops-trace.html"));
}
