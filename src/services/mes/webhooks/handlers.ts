import { decodePageToken, encodePageToken } from "../../../baton";
import type { MesServiceDefinition } from "../../../gen/alexandrite/mes/v1/mes";
import type { Handlers } from "../../../platform/grpc";
import type { Database } from "../../../platform/postgres";
import { errors } from "../domain/errors";
import { mustBeAllowed } from "./address-guard";
import { listDeliveries, resend } from "./deliveries";
import { addWebhook, removeWebhook, toWebhook, webhooksOf } from "./registry";

type WebhookRpcs = Pick<
  Handlers<typeof MesServiceDefinition>,
  "createWebhook" | "listWebhooks" | "deleteWebhook" | "listWebhookDeliveries" | "resendWebhookDelivery"
>;

type Deps = { db: Database; allowPrivate: boolean; sendSoon: () => void };

/** Partners look after their own webhooks; a foreign one answers like a missing one. */
export function webhookHandlers({ db, allowPrivate, sendSoon }: Deps): WebhookRpcs {
  return {
    createWebhook: async (request, { principal }) => {
      await mustBeAllowed(request.url, allowPrivate);
      return addWebhook(db, request, principal.id);
    },
    listWebhooks: async (_request, { principal }) => ({
      webhooks: (await webhooksOf(db, principal.id)).map(toWebhook),
    }),
    deleteWebhook: async ({ webhookId }, { principal }) => {
      await removeWebhook(db, webhookId, principal.id);
      return {};
    },
    listWebhookDeliveries: async ({ webhookId, state, pageSize, pageToken }, { principal }) => {
      const own = await webhooksOf(db, principal.id);
      if (!own.some(({ webhook_id }) => webhook_id === webhookId.toLowerCase()))
        throw errors.webhookNotFound({ webhookId });
      const filters = [webhookId.toLowerCase(), state];
      const end = decodePageToken(pageToken, filters);
      const before = end && { at: end.at, deliveryId: end.orderId };
      const limit = pageSize || 20;
      const { deliveries, more } = await listDeliveries(db, { webhookId, state, limit, before });
      const last = more ? deliveries.at(-1) : undefined;
      const nextPageToken = last?.createdAt
        ? encodePageToken({ at: last.createdAt, orderId: last.deliveryId }, filters)
        : "";
      return { deliveries, nextPageToken };
    },
    resendWebhookDelivery: async ({ deliveryId }, { principal }) => {
      const delivery = await resend(db, deliveryId, principal.id);
      sendSoon();
      return { delivery };
    },
  };
}
