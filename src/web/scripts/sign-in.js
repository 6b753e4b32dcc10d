import { api } from "./api.js";
import { act, byId } from "./page.js";
import { signedIn } from "./session.js";

const homes = { customer: "/", seller: "/seller", operator: "/operator" };

byId("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  void act(form.querySelector("button"), "message", async () => {
    const answer = await api("POST", "/api/v1/sign-in", Object.fromEntries(new FormData(form)));
    signedIn(answer);
    const then = new URLSearchParams(location.search).get("then") ?? "";
    // Only a path of this site: never a way out of it.
    location.assign(/^\/[^/\\]/.test(then) ? then : homes[answer.role]);
  });
});
