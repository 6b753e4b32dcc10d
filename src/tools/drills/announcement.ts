/** What a message is about, as `alertmanager/templates/telegram.tmpl` begins it: `🔴 Critical: summary`, then `ServiceDown · mes`. */
export type Announcement = { alert: string; service: string; resolved: boolean };

/** Reads a message; undefined when it is not Alertmanager's. */
export function readAnnouncement(text: string): Announcement | undefined {
  const [first = "", second = ""] = text.split("\n");
  const [, alert, service] = /^(\w+) · ([\w-]*)/.exec(second) ?? [];
  if (alert === undefined || service === undefined) return undefined;
  return { alert, service, resolved: /^\W*Resolved:/u.test(first) };
}
