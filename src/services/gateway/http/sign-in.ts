import type { FastifyInstance } from "fastify";
import { SignInRequest, SignInResponse } from "../../../gen/alexandrite/shop/v1/shop";
import type { Upstreams } from "../upstreams";
import { fromBody } from "./parse";

/** Accounts: a token for e-mail and password, and the keys that tokens are verified with. */
export function addSignInRoutes(app: FastifyInstance, { shop }: Upstreams): void {
  app.post("/api/v1/sign-in", async (request) =>
    SignInResponse.toJSON(await shop.signIn(fromBody(SignInRequest, request.body))),
  );
  app.get("/.well-known/jwks.json", async (_request, reply) => {
    const { jwksJson } = await shop.getJwks({});
    return reply.header("content-type", "application/jwk-set+json").send(jwksJson);
  });
}
