/** Who is signed in, for this tab only. */
export function session() {
  const stored = JSON.parse(sessionStorage.getItem("session") ?? "null");
  return stored && new Date(stored.expiresAt) > new Date() ? stored : undefined;
}

export function signedIn({ accessToken, expiresAt, role, name }) {
  sessionStorage.setItem("session", JSON.stringify({ token: accessToken, expiresAt, role, name }));
}

export function signOut() {
  sessionStorage.removeItem("session");
  location.assign("/sign-in");
}

/** Sends whoever is not signed in in this role to the door, and back afterwards. */
export function mustBe(role) {
  if (session()?.role === role) return;
  location.replace(`/sign-in?then=${encodeURIComponent(location.pathname + location.search)}`);
  throw new Error("Not signed in.");
}
