import { MesServiceDefinition } from "../../gen/alexandrite/mes/v1/mes";
import { createIdentity } from "../../identity";
import { type Authenticator, openClient, serviceKey } from "../../platform/grpc";
import type { ServiceHost } from "../../platform/lifecycle";
import type { GatewayConfig } from "./config";
import type { Upstreams } from "./upstreams";

/** Knows callers as the services do. MES is asked whose an API key is with the gateway's own key, not in its caller's name. The host closes what is opened. */
export async function openCallers(
  host: ServiceHost,
  config: GatewayConfig,
  { shop }: Pick<Upstreams, "shop">,
): Promise<Authenticator> {
  const { identity, mesAddresses: address, tls } = config;
  const credentials = serviceKey(identity.serviceKey);
  const mes = await host.own(openClient(host, MesServiceDefinition, { address, credentials, tls }));
  return createIdentity(identity, { shop, mes });
}
