import { loadSettings } from "./settings";
import { systemPorts } from "./system-ports";

test("PORT_OFFSET shifts every port and moves the state", () => {
  const settings = loadSettings({ PORT_OFFSET: "1000" }, "/checkout");
  expect(settings.ports).toMatchObject({ postgres: 55320, kafka: 10092, mesOperatorAdmin: 10105 });
  expect(settings.stateFolder).toBe("/checkout/.alexandrite/offset-1000");
});

test("the system is watched, with the alerts as they are meant, unless something else is said", () => {
  expect(loadSettings({}, "/checkout")).toMatchObject({ telemetry: true, jaeger: true, profile: "normal" });
  const env = { TELEMETRY: "off", JAEGER: "off", PROFILE: "drill" };
  expect(loadSettings(env, "/checkout")).toMatchObject({ telemetry: false, jaeger: false, profile: "drill" });
});

test("no two ports of a system beside others are the same, nor those of two such systems", () => {
  const systems = Array.from({ length: 20 }, (_, n) =>
    loadSettings({ ...systemPorts(9_000), PORT_OFFSET: String(9_000 + n * 100) }, "/checkout"),
  );
  const ports = systems.flatMap((settings) => Object.values(settings.ports));
  expect(new Set(ports).size).toBe(ports.length);
  expect(Math.max(...ports)).toBeLessThan(32_768);
});

test("one port is set by its own variable", () => {
  expect(loadSettings({ MES_OPERATOR_PORT: "6001" }, "/checkout").ports.mesOperator).toBe(6001);
});

test.each([
  [{ KAFKA_PORT: "many" }, "KAFKA_PORT=many is not a whole number."],
  [{ PORT_OFFSET: "60000" }, "out of range"],
  [{ TELEMETRY: "some" }, "TELEMETRY=some is not understood: use on or off."],
  [
    { RESTART: "sometimes" },
    "RESTART=sometimes is not understood: use on, off, or a number of milliseconds.",
  ],
])("%j is refused with a sentence", (env, sentence) => {
  expect(() => loadSettings(env, "/checkout")).toThrow(sentence);
});

test("a restart policy may be a number of milliseconds", () => {
  expect(loadSettings({ RESTART: "5000" }, "/checkout").restart).toBe(5000);
});
