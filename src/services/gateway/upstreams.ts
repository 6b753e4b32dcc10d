import { CrmServiceDefinition } from "../../gen/alexandrite/crm/v1/crm";
import { MesServiceDefinition } from "../../gen/alexandrite/mes/v1/mes";
import { MesOperatorServiceDefinition } from "../../gen/alexandrite/mes/v1/mes_operator";
import { ShopServiceDefinition } from "../../gen/alexandrite/shop/v1/shop";
import { type Client, forwardCaller, openClient } from "../../platform/grpc";
import type { ServiceHost } from "../../platform/lifecycle";
import type { GatewayConfig } from "./config";

/** The services behind the gateway. Each call goes out in the name of the caller it came from. */
export type Upstreams = {
  shop: Client<typeof ShopServiceDefinition>;
  crm: Client<typeof CrmServiceDefinition>;
  mes: Client<typeof MesServiceDefinition>;
  operator: Client<typeof MesOperatorServiceDefinition>;
};

export async function openUpstreams(host: ServiceHost, config: GatewayConfig): Promise<Upstreams> {
  const credentials = forwardCaller();
  const { tls } = config;
  return {
    shop: await host.own(
      openClient(host, ShopServiceDefinition, { address: config.shopAddresses, credentials, tls }),
    ),
    crm: await host.own(
      openClient(host, CrmServiceDefinition, { address: config.crmAddresses, credentials, tls }),
    ),
    mes: await host.own(
      openClient(host, MesServiceDefinition, { address: config.mesAddresses, credentials, tls }),
    ),
    operator: await host.own(
      openClient(host, MesOperatorServiceDefinition, {
        address: config.mesOperatorAddresses,
        credentials,
        tls,
      }),
    ),
  };
}
