import { api } from "./api.js";
import { act, byId, cell, element, money, numberCell, say, shortId, statusBadge, when } from "./page.js";
import { mustBe } from "./session.js";

mustBe("customer");
let nextPageToken = "";

async function show(more) {
  const query = new URLSearchParams({ pageToken: more ? nextPageToken : "" });
  const page = await api("GET", `/api/v1/orders?${query}`);
  const rows = (page.orders ?? []).map((order) =>
    element(
      "tr",
      {},
      cell(when(order.updatedAt)),
      cell(element("a", { href: `/order?id=${order.orderId}` }, shortId(order.orderId))),
      cell(order.model?.fileName || "–"),
      cell(`${order.specification.quantity ?? 0} × ${order.specification.material}`),
      numberCell(money(order.price?.totalMinor, order.price?.currency)),
      cell(statusBadge(order.status)),
    ),
  );
  byId("orders").replaceChildren(...(more ? byId("orders").children : []), ...rows);
  nextPageToken = page.nextPageToken ?? "";
  byId("more").hidden = nextPageToken === "";
  if (rows.length === 0) say("message", "No orders yet.");
}

byId("more").addEventListener("click", (event) => void act(event.target, "message", () => show(true)));
await act(byId("more"), "message", () => show(false));
