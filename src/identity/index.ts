export {
  createIdentity,
  identityConfig,
  tokenIssuer,
  type IdentityConfig,
  type IdentitySources,
} from "./identity";
