import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { type AlertmanagerOptions, renderAlertmanager, standIn, writeAlertmanager } from "./index";

const options: AlertmanagerOptions = {
  root: resolve(__dirname, "../../.."),
  telegram: standIn("http://127.0.0.1:8081"),
  links: { gateway: "http://127.0.0.1:8080", traceStore: "http://127.0.0.1:4318" },
  profile: "normal",
  templates: "/state/alertmanager",
};

test("the rendered configuration holds the account and no placeholder", () => {
  const { "alertmanager.yml": text } = renderAlertmanager(options);
  expect(text).not.toMatch(/\$\{\w/);
  const config = parse(text, { merge: true }) as Record<string, unknown>;
  expect(config).toMatchObject({
    global: { telegram_api_url: "http://127.0.0.1:8081" },
    templates: ["/state/alertmanager/*.tmpl"],
    receivers: [
      { name: "telegram", telegram_configs: [{ chat_id: 1, parse_mode: "HTML", send_resolved: true }] },
      { name: "telegram-quiet", telegram_configs: [{ chat_id: 1, disable_notifications: true }] },
      { name: "watchdog" },
      { name: "nobody" },
    ],
  });
});

test("the profiles differ in durations only", () => {
  const inWords = (profile: "normal" | "drill"): string =>
    renderAlertmanager({ ...options, profile })["alertmanager.yml"].replace(/\b\d+[smh]$/gm, "a duration");
  expect(inWords("drill")).toBe(inWords("normal"));
});

test("only the owner may read what is written, whatever was there before", () => {
  const folder = mkdtempSync(join(tmpdir(), "alexandrite-alertmanager-"));
  try {
    const path = join(folder, "alertmanager.yml");
    writeFileSync(path, "");
    chmodSync(path, 0o666);
    writeAlertmanager(folder, options);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, "utf8")).toContain(options.telegram.token);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
