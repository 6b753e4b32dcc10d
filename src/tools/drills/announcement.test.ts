import { readAnnouncement } from "./announcement";

test("a message says of which service which alert fires, or has resolved", () => {
  const fires =
    "🔴 Critical: mes-operator does not answer\nServiceDown · mes-operator · 2 alerts\nSince 1 Jan";
  expect(readAnnouncement(fires)).toEqual({ alert: "ServiceDown", service: "mes-operator", resolved: false });
  const over = "✅ Resolved: mes does not answer\nServiceDown · mes\nFrom 1 Jan";
  expect(readAnnouncement(over)).toEqual({ alert: "ServiceDown", service: "mes", resolved: true });
});

test("what Alertmanager did not write is no announcement", () => {
  expect(readAnnouncement("hello")).toBeUndefined();
});
