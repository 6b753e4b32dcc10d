import type { FastifyRequest } from "fastify";
import { createIdentity, type IdentityConfig } from "../../../identity";
import type { Principal } from "../../../platform/grpc";
import { errors } from "../domain/errors";
import type { Upstreams } from "../upstreams";

/** Lets a request pass, or throws UNAUTHENTICATED, PERMISSION_DENIED, or UNAVAILABLE while nobody can be known. */
export type OperatorsOnly = (request: FastifyRequest) => Promise<void>;

/** Who asks MES whose an API key is; the gateway itself, not its caller. */
export type KeyOwners = {
  verifyApiKey(request: { apiKey: string }): Promise<{ partnerId: string; name: string }>;
};

/**
 * The one rule that the gateway checks by itself: here it asks the services with its own key, which opens every order to it, so it must know who is asking. It knows
 * callers as the services do; Shop's keys are kept, so that whoever is signed in is known while Shop is down. A service's key shown from outside is worth nothing.
 */
export function createOperatorsOnly(
  identity: IdentityConfig,
  { shop }: Pick<Upstreams, "shop">,
  mes: KeyOwners,
): OperatorsOnly {
  const authenticate = createIdentity(identity, { shop, mes });
  return async ({ headers }) => {
    const { authorization, "x-api-key": apiKey } = headers;
    const { role } = await authenticate({
      ...(authorization !== undefined && { authorization }),
      ...(typeof apiKey === "string" && { apiKey }),
    });
    mustBeOperator(role);
  };
}

function mustBeOperator(role: Principal["role"]): void {
  if (role === "anonymous") throw errors.notSignedIn();
  if (role !== "operator") throw errors.notAnOperator({ role });
}
