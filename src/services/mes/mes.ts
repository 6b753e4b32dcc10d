import { OrderEventsServiceDefinition } from "../../gen/alexandrite/events/v1/events";
import { MesServiceDefinition } from "../../gen/alexandrite/mes/v1/mes";
import { descriptorSet } from "../../gen/descriptors";
import { createServer } from "../../platform/grpc";
import type { ServiceHost } from "../../platform/lifecycle";
import { openStore } from "../../platform/s3";
import { openPricingAdmission, openUploadAllowance } from "./admission";
import type { MesConfig } from "./config";
import { openCore } from "./core";
import { cancelOrder } from "./grpc/cancel-order";
import { createOrder } from "./grpc/create-order";
import { getOrder } from "./grpc/get-order";
import { getPriceBook } from "./grpc/get-price-book";
import { uploadModel } from "./grpc/upload-model";
import { verifyApiKey } from "./grpc/verify-api-key";
import { watchCalculation } from "./grpc/watch-calculation";
import { attachRepriced } from "./jobs/attach-repriced";
import { createCompleter } from "./jobs/complete";
import { measureQueue } from "./jobs/measure-queue";
import { createModelStore } from "./models/model-store";
import { startModelReconciler } from "./models/reconcile-models";
import { openSpool } from "./models/spool";
import { observePaid } from "./observe-paid";
import { startWebhookSender, webhookHandlers } from "./webhooks";

/** How often orders whose job has ended are looked for; the worker's door moves most of them at once. */
const completeMs = 250;

/** MES's public door: orders, models, prices. It also follows the other services' moves for all of MES. */
export async function startMes(host: ServiceHost, config: MesConfig): Promise<{ port: number }> {
  const { db, baton, authenticate } = await openCore(host, config, { follow: true });
  const store = await host.own(openStore(host, config.s3));
  const models = createModelStore(host, { db, store });
  const spool = await openSpool(config.uploads.folder, config.uploads.maxBytes);
  const completer = createCompleter(host, { db, baton, priceValidDays: config.pricing.priceValidDays });
  const admission = openPricingAdmission(host, db, config.pricing);
  const allowance = openUploadAllowance(host, db, config.uploads);
  baton.onApplied(attachRepriced);
  baton.onApplied(observePaid(host));
  await baton.start();

  const completion = host.every(
    "complete-pricing",
    completeMs,
    async () => void (await completer.completeAll()),
  );
  host.every("measure-pricing-queue", 5_000, () => measureQueue(host, db));
  host.every("sweep-models", 600_000, async () => void (await models.sweep()));
  await host.own(startModelReconciler(host, { db, store }));

  const webhooks = await host.own(startWebhookSender(host, db, config.webhooks));

  const server = createServer(host, config.grpc, { authenticate, descriptors: descriptorSet });
  server.add(OrderEventsServiceDefinition, baton.handlers);
  server.add(MesServiceDefinition, {
    getPriceBook: getPriceBook({ db }),
    createOrder: createOrder({ baton, db, admission }),
    uploadModel: uploadModel(host, {
      baton,
      spool,
      models,
      admission,
      allowance,
      completeSoon: () => completion.wake(),
    }),
    getOrder: getOrder({ baton }),
    watchCalculation: watchCalculation({ baton, db }),
    cancelOrder: cancelOrder({ baton }),
    verifyApiKey: verifyApiKey({ db }),
    ...webhookHandlers({ db, allowPrivate: config.webhooks.allowPrivate, sendSoon: () => webhooks.wake() }),
  });
  return host.own(server.listen());
}
