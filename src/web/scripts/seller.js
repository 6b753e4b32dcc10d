import { api } from "./api.js";
import { act, byId, cell, element, money, numberCell, short, shortId, statusBadge, when } from "./page.js";
import { mustBe } from "./session.js";

mustBe("seller");
const statuses = [
  "CREATED",
  "MODEL_UPLOADED",
  "PRICING_FAILED",
  "PRICED",
  "CONFIRMED",
  "PAID",
  "IN_PRODUCTION",
  "MANUFACTURED",
  "PACKED",
  "SHIPPED",
  "DELIVERED",
  "CANCELLED",
];
const filter = byId("filter");
filter.statuses.append(...statuses.map((status) => element("option", { value: status }, status)));
let nextPageToken = "";
let notesOf;

async function show(more) {
  const query = new URLSearchParams({
    statuses: filter.statuses.value,
    pageToken: more ? nextPageToken : "",
  });
  const page = await api("GET", `/api/v1/seller/orders?${query}`);
  const rows = (page.orders ?? []).map(row);
  byId("orders").replaceChildren(...(more ? byId("orders").children : []), ...rows);
  nextPageToken = page.nextPageToken ?? "";
  byId("more").hidden = nextPageToken === "";
}

function row(order) {
  const { orderId, owner, specification, price, status } = order;
  const notes = element("button", { onclick: () => void showNotes(orderId) }, "Notes");
  return element(
    "tr",
    {},
    cell(when(order.updatedAt)),
    cell(element("code", { title: orderId }, shortId(orderId))),
    cell(`${owner.kind.replace("OWNER_KIND_", "").toLowerCase()} ${shortId(owner.id)}`),
    cell(`${specification.quantity} × ${specification.material}`),
    numberCell(money(price?.totalMinor, price?.currency)),
    cell(statusBadge(status)),
    cell(element("div", { className: "actions" }, notes, delivered(order))),
  );
}

function delivered({ orderId, version, status }) {
  if (short(status) !== "SHIPPED") return undefined;
  const button = element("button", {}, "Delivered");
  button.onclick = () =>
    act(button, "message", async () => {
      await api("POST", `/api/v1/seller/orders/${orderId}/delivered`, {
        expectedVersion: version,
        commandId: crypto.randomUUID(),
      });
      await show(false);
    });
  return button;
}

async function showNotes(orderId) {
  notesOf = orderId;
  const { notes = [] } = await api("GET", `/api/v1/seller/orders/${orderId}`);
  byId("notes").hidden = false;
  byId("notes-order").textContent = orderId;
  byId("notes-list").replaceChildren(
    ...notes.map(({ createdAt, text }) =>
      element("p", {}, element("span", { className: "quiet" }, `${when(createdAt)} `), text),
    ),
  );
}

byId("note").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  void act(form.querySelector("button"), "message", async () => {
    await api("POST", `/api/v1/seller/orders/${notesOf}/notes`, {
      noteId: crypto.randomUUID(),
      text: form.text.value,
    });
    form.reset();
    await showNotes(notesOf);
  });
});
filter.addEventListener("submit", (event) => {
  event.preventDefault();
  void act(filter.querySelector("button"), "message", () => show(false));
});
byId("more").addEventListener("click", (event) => void act(event.target, "message", () => show(true)));
await act(filter.querySelector("button"), "message", () => show(false));
