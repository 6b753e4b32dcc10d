import {
  AppError,
  categories,
  categoryOfGrpcStatus,
  defineErrors,
  describeError,
  errorChain,
  isTransient,
  toAppError,
} from ".";

const errors = defineErrors("shop.alexandrite", {
  notHolder: {
    category: "failed_precondition",
    reason: "NOT_HOLDER",
    message: (p: { orderId: string; holder: string; version: number }) =>
      `Order ${p.orderId} is held by ${p.holder} at version ${p.version}.`,
  },
  closed: { category: "unavailable", reason: "CLOSED", message: "The shop is closed." },
});

test("a factory builds the text and carries its parameters as details", () => {
  const error = errors.notHolder({ orderId: "o1", holder: "MES", version: 3 });
  expect(error).toBeInstanceOf(AppError);
  expect(error.message).toBe("Order o1 is held by MES at version 3.");
  expect(error).toMatchObject({
    category: "failed_precondition",
    reason: "NOT_HOLDER",
    domain: "shop.alexandrite",
    details: { orderId: "o1", holder: "MES", version: "3" },
    retryable: false,
  });
  expect(errors.closed(undefined, { retryAfterMs: 250 })).toMatchObject({
    retryAfterMs: 250,
    retryable: true,
  });
});

test("every category has its own gRPC status and finds back from it", () => {
  for (const [category, rule] of Object.entries(categories))
    expect(categoryOfGrpcStatus(rule.grpcStatus)).toBe(category);
  expect(categoryOfGrpcStatus(99)).toBe("unknown");
});

test("an unknown error shows the caller a fixed text and keeps its cause", () => {
  const bug = new TypeError("secret detail");
  const error = toAppError(bug);
  expect(error).toMatchObject({ category: "internal", reason: "INTERNAL", cause: bug });
  expect(error.message).not.toContain("secret");
  expect(toAppError(error)).toBe(error);
});

test.each([
  ["a refused connection", Object.assign(new Error("connect"), { code: "ECONNREFUSED" }), true],
  ["a database in shutdown", Object.assign(new Error("terminating"), { code: "57P01" }), true],
  ["a serialisation failure", Object.assign(new Error("serialize"), { code: "40001" }), true],
  ["a violated constraint", Object.assign(new Error("duplicate"), { code: "23505" }), false],
  [
    "a cause that is transient",
    new Error("query failed", { cause: Object.assign(new Error(), { code: "ECONNRESET" }) }),
    true,
  ],
  ["a retriable Kafka error", Object.assign(new Error("no leader"), { retriable: true }), true],
  [
    "both addresses refused",
    new AggregateError([Object.assign(new Error(), { code: "ECONNREFUSED" })]),
    true,
  ],
  ["a bug", new TypeError("x is not a function"), false],
  ["UNAVAILABLE", errors.closed(), true],
  [
    "NOT_HOLDER over a broken socket",
    errors.notHolder({ orderId: "o", holder: "MES", version: 1 }, { cause: { code: "EPIPE" } }),
    false,
  ],
  ["no error at all", "text", false],
])("%s: transient is %p", (_name, error, transient) => {
  expect(isTransient(error)).toBe(transient);
});

test("a description holds the whole chain of causes", () => {
  const error = errors.closed({}, { cause: new Error("pool", { cause: new Error("socket") }) });
  expect(describeError(error)).toMatchObject({
    reason: "CLOSED",
    cause: { message: "pool", cause: { message: "socket" } },
  });
  expect(errorChain(error)).toBe("The shop is closed.: pool: socket");
  expect(describeError(undefined)).toEqual({ type: "undefined", message: "undefined" });
});
