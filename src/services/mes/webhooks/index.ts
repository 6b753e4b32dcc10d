export { webhookHandlers } from "./handlers";
export { startWebhookSender, type WebhookOptions } from "./sender";
