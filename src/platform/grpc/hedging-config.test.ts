import { type RetryOptions, serviceConfigOf } from "./hedging";
import { ProbeServiceDefinition } from "./testing/gen/testing";

const hedging = { maxAttempts: 2, hedgingDelayMs: 100 };
const service = ProbeServiceDefinition.fullName;

const byDefault = {
  maxAttempts: 4,
  initialBackoff: "0.050s",
  maxBackoff: "1.000s",
  backoffMultiplier: 2,
  retryableStatusCodes: ["UNAVAILABLE"],
};

describe("the service config", () => {
  const render = (options: RetryOptions) => serviceConfigOf(ProbeServiceDefinition, options);

  test("retries UNAVAILABLE everywhere, throttled, round robin", () => {
    expect(render({})).toEqual({
      loadBalancingConfig: [{ round_robin: {} }],
      methodConfig: [{ name: [{}], retryPolicy: byDefault }],
      retryThrottling: { maxTokens: 100, tokenRatio: 0.1 },
    });
  });

  test("says what is different for a method before what is for all", () => {
    const methods = {
      unary: { hedging: { ...hedging, nonFatalCodes: ["INTERNAL", "ABORTED"] as const } },
      clientStream: { retry: { maxAttempts: 2, initialBackoffMs: 5, codes: ["ABORTED"] as const } },
      serverStream: { retry: false as const },
      bidiStream: { timeoutMs: 500 },
    };
    expect(render({ methods }).methodConfig).toEqual([
      {
        name: [{ service, method: "Unary" }],
        hedgingPolicy: {
          maxAttempts: 2,
          hedgingDelay: "0.100s",
          nonFatalStatusCodes: ["INTERNAL", "ABORTED"],
        },
      },
      {
        name: [{ service, method: "ClientStream" }],
        retryPolicy: {
          ...byDefault,
          maxAttempts: 2,
          initialBackoff: "0.005s",
          retryableStatusCodes: ["ABORTED"],
        },
      },
      { name: [{ service, method: "ServerStream" }] },
      { name: [{}], retryPolicy: byDefault },
    ]);
  });

  test("can do without retries, throttling and round robin", () => {
    expect(render({ retry: false, retryThrottling: false, loadBalancing: "pick_first" })).toEqual({
      loadBalancingConfig: [{ pick_first: {} }],
      methodConfig: [{ name: [{}] }],
    });
  });

  const wrong: [string, RetryOptions][] = [
    [
      "methods.hedge names no method of alexandrite.testing.v1.ProbeService; it has unary,",
      { methods: { hedge: {} } },
    ],
    ["methods.toString names no method", { methods: { toString: {} } }],
    [
      "methods.unary.hedging.maxAttempts is 9; it must be a whole number from 2 to 5 (more than 5 are not made by grpc-js",
      { methods: { unary: { hedging: { ...hedging, maxAttempts: 9 } } } },
    ],
    [
      "methods.unary.hedging.hedgingDelayMs is -1;",
      { methods: { unary: { hedging: { ...hedging, hedgingDelayMs: -1 } } } },
    ],
    ["methods.unary has both retry and hedging", { methods: { unary: { hedging, retry: {} } } }],
    [
      "methods.unary.hedging.nonFatalCodes has GONE; it may have CANCELLED, UNKNOWN,",
      { methods: { unary: { hedging: { ...hedging, nonFatalCodes: ["GONE" as never] } } } },
    ],
    ["retry.maxAttempts is 1.5; it must be a whole number from 2 to 5", { retry: { maxAttempts: 1.5 } }],
    ["retry.maxBackoffMs is 20; it must be a whole number from 50 to", { retry: { maxBackoffMs: 20 } }],
    ["retry.backoffMultiplier is 0; it must be a number above 0", { retry: { backoffMultiplier: 0 } }],
    ["retry.codes is empty; leave it out, or say `retry: false`", { retry: { codes: [] } }],
    [
      "retry.codes has RESOURCE_EXHAUSTED, which is tried again as `pushback` says",
      { retry: { codes: ["RESOURCE_EXHAUSTED"] } },
    ],
    [
      "retryThrottling.maxTokens is 2000; it must be a number above 0, at most 1000",
      { retryThrottling: { maxTokens: 2_000 } },
    ],
  ];

  test.each(wrong)("is refused: %s", (message, options) => {
    expect(() => render(options)).toThrow(message);
  });
});
