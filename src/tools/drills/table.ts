import { services } from "../../stack/service-table";
import { calls } from "./faults/calls";
import { lockTables, takeOutboxLeases } from "./faults/databases";
import { fillDisk, smallDisk } from "./faults/disk";
import { logSink } from "./faults/log-sink";
import { poisonMessage, uselessMember } from "./faults/messages";
import { wireOf } from "./faults/network";
import { newModels, openOrders, orderLeftPaid } from "./faults/orders";
import { all, freeze, kill, killChildren } from "./faults/processes";
import type { Drill } from "./types";

const shopToPayments = wireOf({ service: "shop", variable: "PAYMENTS_URL", upstream: "payments" });
const mesToStore = wireOf({ service: "mes", variable: "S3_ENDPOINT", upstream: "s3" });
const pricingToStore = wireOf({ service: "pricing", variable: "S3_ENDPOINT", upstream: "s3" });
const pricingToMes = wireOf({
  service: "pricing",
  variable: "MES_WORKER_ADDRESS",
  upstream: "mesWorker",
  scheme: "",
});
const productsLog = logSink("products");
const unpaid = openOrders();

/** Every process of ours, killed: one message that names it, and nothing of what follows from it. */
const kills: Drill[] = services.map(({ name }) => ({
  name: `kill-${name}`,
  does: `kill -9 ${name}.`,
  alert: "ServiceDown",
  service: name,
  alone: true,
  load: "browse",
  inject: kill(name),
  explained: { log: "supervisor", by: new RegExp(`^${name} ended \\(SIGKILL\\)`) },
}));

/** All drills, in the order in which `make drills` plays them. */
export const drills: readonly Drill[] = [
  ...kills,
  {
    name: "freeze-mes",
    does: "SIGSTOP to MES: its connections stay, and it says nothing.",
    alert: "ServiceDown",
    service: "mes",
    load: "browse",
    inject: freeze("mes"),
    explained: { log: "gateway", by: /DEADLINE_EXCEEDED|UNAVAILABLE/ },
  },
  {
    name: "mes-errors",
    does: "Six of ten calls of MES answer INTERNAL.",
    alert: "GrpcErrorRatioHigh",
    service: "mes",
    load: "browse",
    inject: calls("mes", { method: "alexandrite.mes.v1.MesService/*", percentage: 60, code: "Internal" }),
    explained: { log: "mes", by: /FAULT_INJECTED|Fault injection/ },
  },
  {
    name: "slow-shop",
    does: "Every call of Shop takes 1.5 s longer.",
    alert: "GrpcLatencyHigh",
    service: "shop",
    load: "browse",
    inject: calls("shop", { method: "alexandrite.shop.v1.ShopService/*", percentage: 100, delay_ms: 1_500 }),
    explained: { log: "shop", by: /fault_injected/ },
  },
  {
    name: "database-down",
    does: "kill -9 PostgreSQL.",
    alert: "PostgresDown",
    service: "postgres",
    load: "browse",
    inject: kill("postgres"),
    explained: { log: "shop", by: /ECONNREFUSED|terminat|database/ },
  },
  {
    name: "pool-exhausted",
    does: "Somebody holds a lock on CRM's orders, and CRM's connections wait for it one after another.",
    alert: "PoolExhausted",
    service: "crm",
    load: "browse",
    inject: lockTables("crm", "orders"),
    explained: { log: "crm", by: /POOL|timeout|DEADLINE_EXCEEDED/ },
  },
  {
    name: "broker-down",
    does: "kill -9 Kafka.",
    alert: "KafkaDown",
    service: "kafka",
    load: "orders",
    inject: kill("kafka"),
    explained: { log: "shop", by: /kafka|ECONNREFUSED/ },
  },
  {
    name: "consumer-stopped",
    does: "A stranger joins CRM's consumer group, gets half of the partitions and settles nothing.",
    alert: "ConsumerStopped",
    service: "crm",
    load: "orders",
    inject: uselessMember("crm"),
    explained: { log: "crm", by: /rebalanc|assigned|partitions/i },
  },
  {
    name: "consumer-behind",
    does: "Somebody holds a lock on CRM's inbox: it reads the topic and can apply nothing.",
    alert: "ConsumerLagHigh",
    service: "crm",
    load: "orders",
    inject: lockTables("crm", "blocked_key"),
    explained: { log: "crm", by: /order_status/ },
  },
  {
    name: "poison-message",
    does: "A message that cannot be decoded comes on order_status.",
    alert: "DeadLettersOpen",
    service: "crm",
    inject: poisonMessage,
    explained: { log: "crm", by: /dead letter|UNDECODABLE/i },
  },
  {
    name: "relay-stuck",
    does: "Another relay holds the leases of CRM's outbox and publishes nothing.",
    alert: "OutboxRelayStuck",
    service: "crm",
    load: "orders",
    inject: takeOutboxLeases("crm"),
    explained: { log: "crm", by: /CrmService\/Confirm\w+ OK/ },
  },
  {
    name: "no-pricing-workers",
    does: "The connection between the pricing worker and MES is cut while models wait.",
    alert: "PricingNoWorkers",
    service: "pricing",
    prepare: pricingToMes.through,
    inject: all(pricingToMes.cut, newModels(2, 3)),
    explained: { log: "pricing", by: /UNAVAILABLE|ECONNREFUSED/ },
  },
  {
    name: "pricing-overload",
    does: "Twelve new models come at once while a worker reads them at 100 KB/s.",
    alert: "PricingQueueWait",
    service: "pricing",
    prepare: pricingToStore.through,
    inject: all(pricingToStore.spoil({ type: "bandwidth", attributes: { rate: 100 } }), newModels(12, 5)),
    explained: { log: "pricing", by: /program calculation ended/ },
  },
  {
    name: "worker-crash",
    does: "A model is priced, and the worker's child that calculates it dies of SIGKILL each time.",
    alert: "PricingFailing",
    service: "pricing",
    says: /killed/,
    inject: all(killChildren("pricing"), newModels(1, 4)),
    explained: { log: "pricing", by: /program calculation ended: killed/ },
  },
  {
    name: "s3-failing",
    does: "Connections of MES to the object store are reset.",
    alert: "S3Errors",
    service: "s3",
    load: "orders",
    prepare: mesToStore.through,
    inject: mesToStore.spoil({ type: "reset_peer", attributes: { timeout: 0 } }),
    explained: { log: "mes", by: /ECONNRESET|socket|S3|put/ },
  },
  {
    name: "payments-time-out",
    does: "The payment provider takes charges and its answers do not come back.",
    alert: "PaymentUnknownTooLong",
    service: "payments",
    prepare: all(shopToPayments.through, unpaid.confirmed),
    inject: all(shopToPayments.spoil({ type: "timeout", attributes: { timeout: 0 } }), unpaid.pay),
    explained: { log: "shop", by: /payment|DEADLINE_EXCEEDED|timeout/i },
  },
  {
    name: "order-stuck",
    does: "An order is paid, two days pass in CRM's records, and no operator takes it.",
    alert: "OrderStuck",
    service: "orders",
    says: /PAID/,
    inject: orderLeftPaid,
    explained: { log: "shop", by: /PAID|PayOrder/ },
  },
  {
    name: "graylog-down",
    does: "The server that the products service sends its log lines to goes away.",
    alert: "GraylogUnreachable",
    service: "graylog",
    prepare: productsLog.connected,
    inject: productsLog.gone,
    explained: { log: "products", by: /GELF server is lost/ },
  },
  {
    name: "traces-lost",
    does: "kill -9 the trace store.",
    alert: "SpansDropped",
    service: "gateway",
    load: "browse",
    inject: kill("otlp"),
    explained: { log: "gateway", by: /traces/ },
  },
  {
    name: "disk-full",
    does: "PostgreSQL writes a small disk of its own full.",
    alert: "DiskFull",
    service: "host",
    prepare: smallDisk,
    inject: fillDisk,
    explained: { log: "postgres", by: /No space left on device/ },
  },
];
