import { generateKeyPair, exportJWK, SignJWT } from "jose";
import { OrderEventsServiceDefinition, type StoredEvent } from "../../../../gen/alexandrite/events/v1/events";
import { MesServiceDefinition } from "../../../../gen/alexandrite/mes/v1/mes";
import { ShopServiceDefinition } from "../../../../gen/alexandrite/shop/v1/shop";
import { descriptorSet } from "../../../../gen/descriptors";
import { defineConfig } from "../../../../platform/config";
import { AppError } from "../../../../platform/errors";
import { createServer, grpcServerConfig, type Handlers, type RpcService } from "../../../../platform/grpc";
import type { Closable, ServiceHost } from "../../../../platform/lifecycle";
import type { HolderName } from "../order-events";

export const gatewayKey = "the gateway's own key";
export const partnerKey = "alx_partner_test";

/** Shop, CRM and MES as far as the pages of operations talk to them. */
export type FakeServices = {
  readonly addresses: Record<HolderName, string>;
  /** What each has stored of whichever order. */
  readonly stored: Record<HolderName, StoredEvent[]>;
  /** The `traceparent` headers that came with questions about orders. */
  readonly traceparents: string[];
  stop(name: HolderName): Promise<void>;
  tokenOf(role: "customer" | "seller" | "operator"): Promise<string>;
};

export async function startFakeServices(host: ServiceHost): Promise<FakeServices> {
  const { privateKey, publicKey } = await generateKeyPair("EdDSA", { crv: "Ed25519" });
  const key = { ...(await exportJWK(publicKey)), kid: "fake", alg: "EdDSA", use: "sig" };
  const stored: FakeServices["stored"] = { Shop: [], CRM: [], MES: [] };
  const traceparents: string[] = [];
  const servers = new Map<HolderName, Closable>();
  const start = async (name: HolderName): Promise<string> => {
    const env = { GRPC_PORT: "0", GRPC_STOP_NOTICE_MS: "0", GRPC_DRAIN_MS: "0" };
    const config = defineConfig({ grpc: grpcServerConfig })(env).grpc;
    const server = createServer(host, config, {
      descriptors: descriptorSet,
      authenticate: async ({ serviceKey }) =>
        serviceKey === gatewayKey
          ? { role: "service", id: "gateway", name: "gateway" }
          : { role: "anonymous", id: "", name: "" },
    });
    server.add(OrderEventsServiceDefinition, {
      getOrderEvents: async ({ afterVersion, limit }, { metadata }) => {
        traceparents.push(String(metadata["traceparent"]));
        return { events: stored[name].filter(({ version }) => version > afterVersion).slice(0, limit) };
      },
      getOrderVersions: async () => ({ orders: [] }),
      listOrderVersions: async () => ({ orders: [], nextPageToken: "" }),
    });
    if (name === "Shop")
      server.add(
        ShopServiceDefinition,
        withRest(ShopServiceDefinition, {
          getJwks: async () => ({ jwksJson: JSON.stringify({ keys: [key] }) }),
        }),
      );
    if (name === "MES")
      server.add(
        MesServiceDefinition,
        withRest(MesServiceDefinition, { verifyApiKey: async ({ apiKey }) => ownerOf(apiKey) }),
      );
    servers.set(name, await host.own(server.listen()));
    return `127.0.0.1:${server.port}`;
  };
  return {
    addresses: { Shop: await start("Shop"), CRM: await start("CRM"), MES: await start("MES") },
    stored,
    traceparents,
    stop: async (name) => servers.get(name)?.close(),
    tokenOf: (role) =>
      new SignJWT({ role, name: role })
        .setProtectedHeader({ alg: "EdDSA", kid: "fake" })
        .setSubject("00000000-0000-4000-8000-000000000001")
        .setIssuer("alexandrite")
        .setAudience("alexandrite")
        .setIssuedAt()
        .setExpirationTime("1h")
        .sign(privateKey),
  };
}

function ownerOf(apiKey: string): { partnerId: string; name: string } {
  if (apiKey === partnerKey) return { partnerId: "p", name: "partner" };
  throw new AppError({ category: "unauthenticated", reason: "UNKNOWN_API_KEY", message: "Nobody has it." });
}

/** Fills a service up with handlers that refuse: what a test does not need is not there. */
function withRest<S extends RpcService>(service: S, handlers: Partial<Handlers<S>>): Handlers<S> {
  const missing = () => {
    throw new AppError({ category: "unimplemented", reason: "NOT_FAKED", message: "Not in this fake." });
  };
  const rest = Object.fromEntries(Object.keys(service.methods).map((name) => [name, missing]));
  return { ...rest, ...handlers } as Handlers<S>;
}
