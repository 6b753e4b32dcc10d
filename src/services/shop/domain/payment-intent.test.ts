import { judge, paymentKey, type ProviderState, refundKey, type Verdict } from "./payment-intent";

test.each<[ProviderState, number, Verdict]>([
  ["captured", 0, "pay"],
  ["declined", 0, "decline"],
  ["voided", 0, "close as voided"],
  ["refunded", 0, "close as voided"],
  ["authorised", 999, "wait"],
  ["authorised", 1_000, "void"],
  [undefined, 0, "void"],
])("an open intent that the provider calls %s after %i ms: %s", (state, ageMs, verdict) => {
  expect(judge(state, ageMs, 1_000)).toBe(verdict);
});

test("keys say which order, which version and what, and fit the provider's limit of 100", () => {
  const orderId = "f7f0bb1e-6e7e-4c39-9b2a-0a5f9d1c2b3a";
  expect(paymentKey(orderId, 5, 2)).toBe(`${orderId}:5:payment:2`);
  expect(refundKey(orderId, 7)).toBe(`${orderId}:7:refund`);
  expect(paymentKey(orderId, 2 ** 31 - 1, 2 ** 31 - 1).length).toBeLessThanOrEqual(100);
});
