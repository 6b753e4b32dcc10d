import { session, signOut } from "./session.js";

export const byId = (id) => document.getElementById(id);

/** An element with properties and children; texts are texts, never markup. */
export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

export const cell = (...children) => element("td", {}, ...children);
export const numberCell = (text) => element("td", { className: "number" }, text);

export function say(id, text, bad = false) {
  const place = byId(id);
  place.textContent = text;
  place.classList.toggle("bad", bad);
}

/** Runs an action of a button or form: it cannot be sent twice, and a fault is said where the user looks. */
export async function act(button, messageId, action) {
  button.disabled = true;
  try {
    await action();
  } catch (error) {
    say(messageId, error.message, true);
  } finally {
    button.disabled = false;
  }
}

export function money(minor, currency) {
  if (minor === undefined || !currency) return "–";
  return new Intl.NumberFormat("en", { style: "currency", currency }).format(Number(minor) / 100);
}

export const when = (time) =>
  time ? new Date(time).toLocaleString("en-GB", { dateStyle: "short", timeStyle: "medium" }) : "–";
export const short = (status) => (status ?? "").replace("ORDER_STATUS_", "");
export const shortId = (id) => id.slice(-8);

export function statusBadge(status) {
  const badge = element("span", { className: "status" }, short(status).replaceAll("_", " ").toLowerCase());
  badge.dataset.final = short(status);
  return badge;
}

const pages = [
  { href: "/", text: "Shop", roles: [undefined, "customer"] },
  { href: "/orders", text: "My orders", roles: ["customer"] },
  { href: "/seller", text: "Sales", roles: ["seller"] },
  { href: "/operator", text: "Workshop", roles: ["operator"] },
  { href: "/ops", text: "Operations", roles: ["operator"] },
];

function header() {
  const who = session();
  const links = pages
    .filter(({ roles }) => roles.includes(who?.role))
    .map(({ href, text }) => {
      const link = element("a", { href }, text);
      if (location.pathname === href) link.setAttribute("aria-current", "page");
      return link;
    });
  const door = who
    ? element("button", { onclick: signOut }, `Sign out ${who.name}`)
    : element("a", { href: "/sign-in" }, "Sign in");
  byId("top").append(
    element("a", { href: "/", className: "brand" }, "Alexandrite"),
    element("nav", {}, ...links),
    door,
  );
}
header();
