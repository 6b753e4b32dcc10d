import { again, pause } from "./again";
import { DoorError } from "../../tools/demo/customer-door";

/** Fails with each of these, then answers. */
function failing(...errors: unknown[]): () => Promise<string> {
  return async () => {
    const error = errors.shift();
    if (error !== undefined) throw error;
    return "answer";
  };
}
const going = { signal: new AbortController().signal };

test.each([
  ["an outcome that nobody knows", new TypeError("fetch failed")],
  ["an order that has not arrived yet", new DoorError(404, "ORDER_NOT_FOUND", "")],
  ["a holder that is not one yet", { category: "failed_precondition", reason: "NOT_HOLDER" }],
  ["a token that a wrong clock refuses", { category: "unauthenticated" }],
])("%s is tried again", async (_what, error) => {
  expect(await again(going, failing(error, error))).toBe("answer");
});

test.each([
  ["another version", new DoorError(409, "VERSION_MISMATCH", "")],
  ["a move that is none", { category: "failed_precondition", reason: "ILLEGAL_TRANSITION" }],
])("%s is refused for good", async (_what, error) => {
  expect(await again(going, failing(error))).toBeUndefined();
});

test("when the load has ended nothing is tried again", async () => {
  const over = { signal: AbortSignal.abort() };
  expect(await again(over, failing(new TypeError("fetch failed")))).toBeUndefined();
  expect(await again(over, failing())).toBe("answer");
  expect(await pause(over, 60_000)).toBe(false);
});
