import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadSettings } from "../settings";
import type { Status, StatusRow } from "../status";
import { type Shortfalls, setShortfalls } from "./shortfalls";
import { watchers } from "./watchers";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "alexandrite-watchers-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const running = (name: string, ready = true): StatusRow => ({
  name,
  pid: 1,
  state: "running",
  ready,
  restarts: 0,
  pssBytes: 0,
  ports: [],
  log: "",
});
const stateOf = (title: string, processes: StatusRow[], shortfalls: Shortfalls = {}, env = {}): unknown => {
  setShortfalls(folder, shortfalls);
  const settings = loadSettings({ ALEXANDRITE_STATE: folder, ...env }, "/checkout");
  const status: Status = { processes, pssBytes: 0 };
  return watchers(settings, status).find(({ name }) => name === title);
};
const built = { jaeger: { state: "coming" as const, why: "built with Go" } };
const absent = { prometheus: { state: "missing" as const, why: "Prometheus is missing: install it" } };

test.each([
  ["Prometheus", [running("prometheus")], {}, "up", "http://127.0.0.1:9090"],
  ["Prometheus", [running("prometheus", false)], {}, "not ready", "http://127.0.0.1:9090"],
  ["Prometheus", [], absent, "missing", "Prometheus is missing: install it"],
  ["Jaeger", [running("telemetry-tools")], built, "coming", "being built with Go: make status"],
  ["Jaeger", [], built, "missing", "make run-all goes on"],
  ["Grafana", [], {}, "missing", "needs Docker"],
])("%s with %j and %j is %s", (title, processes, shortfalls, state, words) => {
  expect(stateOf(title, processes, shortfalls)).toMatchObject({
    state,
    what: expect.stringContaining(words) as string,
  });
});

test("what was switched off is said to be off", () => {
  expect(stateOf("Jaeger", [], {}, { JAEGER: "off" })).toMatchObject({ state: "off" });
  expect(stateOf("Prometheus", [], {}, { TELEMETRY: "off" })).toBeUndefined();
  expect(stateOf("Prometheus and its kin", [], {}, { TELEMETRY: "off" })).toMatchObject({ state: "off" });
});
