import { createHttpServer } from "../../platform/http";
import type { ServiceHost } from "../../platform/lifecycle";
import { openCallers } from "./callers";
import type { GatewayConfig } from "./config";
import { addOperatorRoutes } from "./http/operator";
import { addOrderField } from "./http/order-field";
import { addOrderStreams } from "./http/order-streams";
import { addOrderRoutes } from "./http/orders";
import { addPages } from "./http/pages";
import { addProductRoutes } from "./http/product-list";
import { addRateLimit } from "./http/rate-limit";
import { addSellerRoutes } from "./http/seller";
import { addSignInRoutes } from "./http/sign-in";
import { addUploadRoute } from "./http/upload-model";
import { addUserRequests } from "./http/user-requests";
import { addOps } from "./ops";
import { openUpstreams } from "./upstreams";

/** The one door for everything outside: HTTP in, gRPC on; and the pages of operations. It owns no data. */
export async function startGateway(host: ServiceHost, config: GatewayConfig): Promise<{ port: number }> {
  const upstreams = await openUpstreams(host, config);
  const server = createHttpServer(host, config.http);
  const { app } = server;
  addRateLimit(app, config.rateLimit);
  addUserRequests(host, app, await openCallers(host, config, upstreams));
  addOrderField(app);
  addSignInRoutes(app, upstreams);
  addProductRoutes(app, upstreams, { maxConcurrent: config.maxConcurrentProductLists });
  addOrderRoutes(app, upstreams);
  addOrderStreams(app, upstreams);
  addUploadRoute(app, upstreams, { maxBytes: config.maxModelBytes });
  addSellerRoutes(app, upstreams);
  addOperatorRoutes(app, upstreams);
  await addOps(host, app, upstreams, config);
  await addPages(app);
  return host.own(server.listen());
}
