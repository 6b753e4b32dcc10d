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
