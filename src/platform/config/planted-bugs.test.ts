import { mayPlantBugs, plantBugs, planted } from ".";

afterEach(() => plantBugs([]));

test("nothing is planted unless it is asked for", () => {
  expect(planted("offset-first")).toBe(false);
  plantBugs(["offset-first"]);
  expect(planted("offset-first")).toBe(true);
  expect(planted("no-fence")).toBe(false);
});

test("a production build does not start with a planted bug, unless it is told twice", () => {
  const env = { PLANTED_BUG: "offset-first", NODE_ENV: "production" };
  expect(() => mayPlantBugs(env)).toThrow("tests of the history checker only");
  expect(() => mayPlantBugs({ ...env, ALLOW_PLANTED_BUGS: "1" })).not.toThrow();
  expect(() => mayPlantBugs({ ...env, NODE_ENV: "test" })).not.toThrow();
  expect(() => mayPlantBugs({ NODE_ENV: "production" })).not.toThrow();
});

test("a bug that there is not is refused", () => {
  expect(() => mayPlantBugs({ PLANTED_BUG: "offset-last" })).toThrow("there is no planted bug offset-last");
});
