import { shapeOf } from "./statement";

it.each([
  ["SELECT id FROM orders WHERE id = $1", "SELECT orders"],
  ["  -- why\n select 1", "SELECT"],
  ["SELECT (SELECT count(*) FROM note) AS n FROM orders", "SELECT orders"],
  ["SELECT exists(SELECT 1 FROM parked_message)", "SELECT parked_message"],
  ["WITH due AS (SELECT id FROM job FOR UPDATE) UPDATE job SET n = 1 FROM due", "UPDATE job"],
  ["WITH a AS (DELETE FROM x RETURNING *) INSERT INTO shop.y SELECT * FROM a", "INSERT shop.y"],
  ["insert into \"order\" (id) values ('from nowhere')", "INSERT order"],
  ["DELETE FROM ONLY lease WHERE id = 1", "DELETE lease"],
  ["BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = 12", "BEGIN"],
  ["COMMIT", "COMMIT"],
  ["", "UNKNOWN"],
])("%s is named %s", (text, summary) => {
  expect(shapeOf(text).summary).toBe(summary);
});

it.each([
  [
    "SELECT * FROM t1 WHERE a = 'it''s' AND b = 42 AND c = $1",
    "SELECT * FROM t1 WHERE a = ? AND b = ? AND c = $1",
  ],
  ["SELECT E'a\\'b', U&'\\0041', X'1F', B'01', $q$ 'x' $q$, $$y$$ FROM t", "SELECT ?, ?, ?, ?, ?, ? FROM t"],
  ["SELECT 1.5e-3, .5, 0x1F, 1_000, -7 FROM t2x", "SELECT ?, ?, ?, ?, -? FROM t2x"],
  ["SELECT \"it's 5\" -- 'secret'\n  FROM /* 'secret' 7 */ größe2", 'SELECT "it\'s 5" FROM größe2'],
  ["SELECT 'never closed", "SELECT ?"],
  ["SELECT date '2026-01-01', $1::int[] LIMIT 10", "SELECT date ?, $1::int[] LIMIT ?"],
])("%s goes out without values", (text, sanitised) => {
  expect(shapeOf(text).text).toBe(sanitised);
});

it("lists and batches of any length have one pattern", () => {
  const patterns = [
    "INSERT INTO t (a, b) VALUES ($1, $2)",
    "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4), ($5, $6)",
  ].map((text) => shapeOf(text).pattern);
  expect(patterns).toEqual(Array(2).fill("INSERT INTO t (a, b) VALUES (...)"));
});

it("names and texts are bounded", () => {
  const shape = shapeOf(`SELECT ${"a, ".repeat(5_000)} b FROM "${"x".repeat(500)}"`);
  expect(shape.text).toHaveLength(2_000);
  expect(shape.summary).toHaveLength(100);
});
