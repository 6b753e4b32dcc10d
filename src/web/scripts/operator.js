import { api } from "./api.js";
import { act, byId, cell, element, say, short, shortId, statusBadge, when } from "./page.js";
import { mustBe } from "./session.js";

mustBe("operator");
/** How often the queue is read again, in milliseconds. */
const refreshMs = 3_000;
const steps = {
  PAID: [{ text: "Take", command: "take" }],
  IN_PRODUCTION: [
    { text: "Made", command: "finish" },
    { text: "Give back", command: "give-back", quiet: true },
  ],
  MANUFACTURED: [{ text: "Packed", command: "pack" }],
  PACKED: [{ text: "Shipped", command: "ship", ask: { trackingNumber: "Tracking number" } }],
};
let pages = 1;

function row(order) {
  const { orderId, specification, model, status, updatedAt } = order;
  return element(
    "tr",
    {},
    cell(when(updatedAt)),
    cell(element("code", { title: orderId }, shortId(orderId))),
    cell(
      `${specification.quantity} × ${specification.material}, ${specification.finish} · ${model?.fileName ?? ""}`,
    ),
    cell(statusBadge(status)),
    cell(
      element(
        "div",
        { className: "actions" },
        ...(steps[short(status)] ?? []).map((step) => button(order, step)),
      ),
    ),
  );
}

function button({ orderId, version }, { text, command, quiet, ask = {} }) {
  const made = element("button", { className: quiet ? "" : "primary" }, text);
  made.onclick = () =>
    act(made, "message", async () => {
      const fields = {};
      for (const [name, question] of Object.entries(ask)) {
        fields[name] = window.prompt(question)?.trim();
        if (!fields[name]) return;
      }
      await api("POST", `/api/v1/operator/orders/${orderId}/${command}`, {
        expectedVersion: version,
        commandId: crypto.randomUUID(),
        ...fields,
      });
      await show();
    });
  return made;
}

async function list(filters, count) {
  const orders = [];
  let pageToken = "";
  for (let page = 0; page < count; page += 1) {
    const answer = await api(
      "GET",
      `/api/v1/operator/queue?${new URLSearchParams({ ...filters, pageToken })}`,
    );
    orders.push(...(answer.orders ?? []));
    pageToken = answer.nextPageToken ?? "";
    if (pageToken === "") break;
  }
  return { orders, more: pageToken !== "" };
}

async function show() {
  const [mine, queue] = await Promise.all([
    list({ mine: "true", statuses: "IN_PRODUCTION,MANUFACTURED,PACKED" }, 5),
    list({}, pages),
  ]);
  byId("mine").replaceChildren(...mine.orders.map(row));
  byId("queue").replaceChildren(...queue.orders.map(row));
  byId("more").hidden = !queue.more;
}

const refresh = () => show().catch((error) => say("message", error.message, true));
byId("more").addEventListener("click", (event) => {
  pages += 1;
  void act(event.target, "message", show);
});
await refresh();
setInterval(() => document.hidden || document.querySelector("button:disabled") || void refresh(), refreshMs);
