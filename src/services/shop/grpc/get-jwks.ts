import type { GetJwksRequest, GetJwksResponse } from "../../../gen/alexandrite/shop/v1/shop";
import type { Tokens } from "../accounts/tokens";

/** GetJwks. */
export function getJwks({ tokens }: { tokens: Tokens }) {
  return async (_request: GetJwksRequest): Promise<GetJwksResponse> => ({
    jwksJson: JSON.stringify(await tokens.jwks()),
  });
}
