import { loadSettings } from "./settings";

test("PORT_OFFSET shifts every port and moves the state", () => {
  const settings = loadSettings({ PORT_OFFSET: "1000" }, "/checkout");
  expect(settings.ports).toMatchObject({ postgres: 55320, kafka: 10092, mesOperatorAdmin: 10105 });
  expect(settings.stateFolder).toBe("/checkout/.alexandrite/offset-1000");
});

test("one port is set by its own variable", () => {
  expect(loadSettings({ MES_OPERATOR_PORT: "6001" }, "/checkout").ports.mesOperator).toBe(6001);
});

test.each([
  [{ KAFKA_PORT: "many" }, "KAFKA_PORT=many is not a whole number."],
  [{ PORT_OFFSET: "60000" }, "out of range"],
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
