import { api, events } from "./api.js";
import { act, byId, cell, element, money, numberCell, say, short, statusBadge, when } from "./page.js";
import { mustBe } from "./session.js";

mustBe("customer");
const orderId = new URLSearchParams(location.search).get("id") ?? "";
const path = `/api/v1/orders/${encodeURIComponent(orderId)}`;
let order;

function show(latest) {
  order = latest;
  byId("status").replaceChildren(statusBadge(order.status));
  facts();
  price();
  actions();
  byId("story").append(
    element(
      "tr",
      {},
      cell(when(order.updatedAt)),
      numberCell(String(order.version)),
      cell(statusBadge(order.status)),
    ),
  );
}

function facts() {
  const { specification, model, failure, trackingNumber } = order;
  const lines = {
    Order: order.orderId,
    Model: model && `${model.fileName || "unnamed"} (${Math.ceil(Number(model.sizeBytes) / 1024)} KiB)`,
    What: `${specification.quantity} × ${specification.material}, ${specification.finish}`,
    Because: failure && `${failure.message} (${failure.reason})`,
    Tracking: trackingNumber || undefined,
  };
  byId("facts").replaceChildren(
    ...Object.entries(lines)
      .filter(([, value]) => value)
      .flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
  );
}

function price() {
  byId("price").hidden = !order.price;
  if (!order.price) return;
  const { currency, validUntil, geometry, ...amounts } = order.price;
  const line = (name, minor) => element("tr", {}, cell(name), numberCell(money(minor ?? 0, currency)));
  const grams = (amounts.massGrams ?? 0).toFixed(1);
  const minutes = Math.ceil((amounts.machineSeconds ?? 0) / 60);
  const size = (geometry?.extentsMm ?? []).map((length) => length.toFixed(1)).join(" × ");
  byId("price-lines").replaceChildren(
    line(`Material, ${grams} g`, amounts.materialMinor),
    line(`Machine time, ${minutes} min`, amounts.machineMinor),
    line("Finishing", amounts.finishingMinor),
    line("Setting up", amounts.setupMinor),
    line("One piece", amounts.unitMinor),
    line(`In all, ${order.specification.quantity} ×`, amounts.totalMinor),
    element(
      "tr",
      {},
      cell(`${size} mm, ${geometry?.triangles ?? 0} triangles`),
      numberCell(`valid until ${when(validUntil)}`),
    ),
  );
}

function button(text, command, fields = () => ({}), primary = true) {
  const made = element("button", { className: primary ? "primary" : "" }, text);
  made.addEventListener("click", () =>
    act(made, "message", async () => {
      say("message", "");
      await api("POST", `${path}/${command}`, {
        expectedVersion: order.version,
        commandId: crypto.randomUUID(),
        ...fields(),
      });
    }),
  );
  return made;
}

function actions() {
  const card = element("input", {
    value: "4242424242424242",
    inputMode: "numeric",
    autocomplete: "cc-number",
  });
  const offered = {
    PRICED: () => [button("Accept the price", "confirm")],
    CONFIRMED: () => [element("label", {}, "Card", card), button("Pay", "pay", () => ({ card: card.value }))],
    SHIPPED: () => [button("It has arrived", "delivered")],
  };
  const cancellable = ["CREATED", "MODEL_UPLOADED", "PRICING_FAILED", "PRICED", "CONFIRMED", "PAID"];
  byId("actions").replaceChildren(
    ...(offered[short(order.status)]?.() ?? []),
    ...(cancellable.includes(short(order.status))
      ? [button("Cancel the order", "cancel", undefined, false)]
      : []),
  );
}

async function followCalculation() {
  for await (const { state, progress = 0, queuePosition = 0 } of events(`${path}/calculation`)) {
    const running = state === "CALCULATION_STATE_QUEUED" || state === "CALCULATION_STATE_RUNNING";
    byId("calculation").hidden = !running;
    byId("progress").value = progress;
    say(
      "calculation-message",
      state === "CALCULATION_STATE_QUEUED"
        ? `Waiting, ${queuePosition} ahead.`
        : `${Math.round(progress * 100)} %`,
    );
  }
}

/** Follows the order to its end; a lost connection is taken up where it broke. */
async function followOrder() {
  for (;;) {
    try {
      for await (const { order: next } of events(`${path}/events?afterVersion=${order?.version ?? 0}`))
        show(next);
      if (["DELIVERED", "CANCELLED"].includes(short(order?.status))) return;
    } catch (error) {
      say("message", error.message, true);
    }
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
}

void followCalculation().catch(() => (byId("calculation").hidden = true));
await followOrder();
