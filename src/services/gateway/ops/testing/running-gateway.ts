import { createTestHost, type TestHost } from "../../../../platform/testing";
import { loadGatewayConfig } from "../../config";
import { startGateway } from "../../gateway";
import { type FakeServices, gatewayKey, startFakeServices } from "./fake-services";

/** The gateway itself in front of fake services. */
export type RunningGateway = {
  readonly host: TestHost;
  readonly services: FakeServices;
  readonly url: string;
  get(path: string, headers?: Record<string, string>): Promise<{ status: number; body: unknown }>;
  asOperator(path: string): Promise<{ status: number; body: unknown }>;
  close(): Promise<void>;
};

export async function runGateway(env: Record<string, string>): Promise<RunningGateway> {
  const back = createTestHost("back");
  const services = await startFakeServices(back);
  const host = createTestHost("gateway");
  const config = loadGatewayConfig({
    HTTP_PORT: "0",
    HTTP_DRAIN_MS: "0",
    SHOP_ADDRESS: services.addresses.Shop,
    CRM_ADDRESS: services.addresses.CRM,
    MES_ADDRESS: services.addresses.MES,
    SERVICE_KEY: gatewayKey,
    // Nobody's: what is shown from outside is not looked at.
    SERVICE_KEY_HASHES: `crm:${"0".repeat(64)}`,
    // Machines of tests pause for seconds.
    OPS_SOURCE_LIMIT_MS: "15000",
    ...env,
  });
  const { port } = await startGateway(host, config);
  const url = `http://127.0.0.1:${port}`;
  const get: RunningGateway["get"] = async (path, headers = {}) => {
    const response = await fetch(url + path, { headers });
    return { status: response.status, body: (await response.json()) as unknown };
  };
  return {
    host,
    services,
    url,
    get,
    asOperator: async (path) => get(path, { authorization: `Bearer ${await services.tokenOf("operator")}` }),
    async close() {
      await host.close();
      await back.close();
    },
  };
}
