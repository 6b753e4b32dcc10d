import { api } from "./api.js";
import { act, byId, element, money, say } from "./page.js";
import { session } from "./session.js";

const book = await api("GET", "/api/v1/price-book");
const form = byId("order");
form.material.append(...book.materials.map(({ code, name }) => element("option", { value: code }, name)));
form.finish.append(...book.finishes.map(({ code, name }) => element("option", { value: code }, name)));

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!session()) return location.assign("/sign-in");
  void act(form.querySelector("button"), "order-message", async () => {
    const file = form.model.files[0];
    const format = file.name.split(".").at(-1).toLowerCase();
    say("order-message", "Creating the order …");
    const specification = {
      material: form.material.value,
      finish: form.finish.value,
      quantity: Number(form.quantity.value),
    };
    const { order } = await api("POST", "/api/v1/orders", { specification });
    say("order-message", "Uploading the model …");
    const query = new URLSearchParams({
      format,
      unit: form.unit.value,
      fileName: file.name,
      expectedVersion: order.version,
    });
    await api("PUT", `/api/v1/orders/${order.orderId}/model?${query}`, file, {
      "content-type": "model/mesh",
    });
    location.assign(`/order?id=${order.orderId}`);
  });
});

let nextPageToken = "";
async function showProducts(query, more) {
  const page = await api(
    "GET",
    `/api/v1/products?${new URLSearchParams({ query, pageToken: more ? nextPageToken : "" })}`,
  );
  const cards = (page.products ?? []).map(({ sku, name, description, priceMinor, currency, stock }) =>
    element(
      "div",
      { className: "card" },
      element("span", {}, name),
      element("span", { className: "quiet" }, description ?? ""),
      element("strong", {}, money(priceMinor, currency)),
      element("span", { className: "quiet" }, stock ? `${stock} in stock` : "sold out", " · SKU ", sku),
    ),
  );
  byId("products").replaceChildren(...(more ? byId("products").children : []), ...cards);
  nextPageToken = page.nextPageToken ?? "";
  byId("more").hidden = nextPageToken === "";
  say("catalogue-message", cards.length === 0 ? "Nothing by this name." : "");
}

const search = byId("search");
const show = (button, more) => act(button, "catalogue-message", () => showProducts(search.query.value, more));
search.addEventListener("submit", (event) => {
  event.preventDefault();
  void show(search.querySelector("button"), false);
});
byId("more").addEventListener("click", (event) => void show(event.target, true));
await show(search.querySelector("button"), false);
