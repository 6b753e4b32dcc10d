import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { descriptorSet } from "../../../gen/descriptors";
import { OrderEventsServiceDefinition } from "../../../gen/alexandrite/events/v1/events";
import { ShopServiceDefinition } from "../../../gen/alexandrite/shop/v1/shop";
import { defineConfig } from "../../../platform/config";
import { AppError } from "../../../platform/errors";
import {
  createServer,
  grpcServerConfig,
  type Handlers,
  type PlainMetadata,
  type RpcService,
} from "../../../platform/grpc";
import type { ServiceHost } from "../../../platform/lifecycle";
import type { OtherHolders } from "./other-holders";

export type FakePeers = {
  readonly address: string;
  /** Metadata of a call by an account that Shop knows. */
  signedIn(role: "customer" | "seller" | "operator", accountId: string): Promise<PlainMetadata>;
};

/** Shop and CRM behind one address, as far as MES talks to them: Shop's key set, and both services' events. */
export async function startFakePeers(host: ServiceHost, holders: OtherHolders): Promise<FakePeers> {
  const { privateKey, publicKey } = await generateKeyPair("EdDSA", { crv: "Ed25519" });
  const key = { ...(await exportJWK(publicKey)), kid: "fake", alg: "EdDSA", use: "sig" };
  const config = defineConfig({ grpc: grpcServerConfig })({ GRPC_PORT: "0", GRPC_STOP_NOTICE_MS: "0" }).grpc;
  const authenticate = async () => ({ role: "service", id: "mes", name: "mes" }) as const;
  const server = createServer(host, config, { authenticate, descriptors: descriptorSet });
  server.add(
    ShopServiceDefinition,
    withRest(ShopServiceDefinition, { getJwks: async () => ({ jwksJson: JSON.stringify({ keys: [key] }) }) }),
  );
  server.add(OrderEventsServiceDefinition, {
    getOrderEvents: async ({ orderId, afterVersion }) => ({
      events: holders.stored(orderId).filter(({ version }) => version > afterVersion),
    }),
    getOrderVersions: async () => ({ orders: [] }),
    listOrderVersions: async () => ({ orders: [], nextPageToken: "" }),
  });
  await host.own(server.listen());
  return {
    address: `127.0.0.1:${server.port}`,
    async signedIn(role, accountId) {
      const token = await new SignJWT({ role, name: accountId })
        .setProtectedHeader({ alg: "EdDSA", kid: "fake" })
        .setSubject(accountId)
        .setIssuer("alexandrite")
        .setAudience("alexandrite")
        .setIssuedAt()
        .setExpirationTime("1h")
        .sign(privateKey);
      return { authorization: `Bearer ${token}` };
    },
  };
}

/** Fills a service up with handlers that refuse: what a test does not need is not there. */
function withRest<S extends RpcService>(service: S, handlers: Partial<Handlers<S>>): Handlers<S> {
  const missing = () => {
    throw new AppError({
      category: "unimplemented",
      reason: "NOT_FAKED",
      message: "This fake cannot do that",
    });
  };
  const rest = Object.fromEntries(Object.keys(service.methods).map((name) => [name, missing]));
  return { ...rest, ...handlers } as Handlers<S>;
}
