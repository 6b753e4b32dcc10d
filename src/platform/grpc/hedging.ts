import { status } from "@grpc/grpc-js";
import { fraction, wholeNumber } from "./check-option";
import type { RpcMethod, RpcService } from "./definition";

/** A status by its name in the protocol, as service configs write it. */
export type StatusName = keyof typeof status;

/** When a failed attempt is followed by another (gRFC A6, "retry policy"). */
export type RetryPolicy = {
  /** The first one included; 4, from 2 to 5. */
  maxAttempts?: number;
  /** Milliseconds before the second attempt, 50; each wait is 0.8 to 1.2 times what it should be. */
  initialBackoffMs?: number;
  /** Milliseconds that no wait is longer than; 1,000. */
  maxBackoffMs?: number;
  /** What each wait is multiplied with for the next; 2. */
  backoffMultiplier?: number;
  /** The statuses that are tried again; UNAVAILABLE. Others make a call need an idempotency key, unless its method is idempotent. */
  codes?: readonly StatusName[];
};

/** When a call that is only slow is sent once more, to another instance; the first answer counts and the others are cancelled (gRFC A6, "hedging policy"). */
export type HedgingPolicy = {
  /** The first one included; from 2 to 5. */
  maxAttempts: number;
  /** Milliseconds without an answer before the next attempt; about the method's 95th percentile. 0 sends all at once. */
  hedgingDelayMs: number;
  /** Statuses of an attempt that do not end the call, but start the next attempt at once; UNAVAILABLE. */
  nonFatalCodes?: readonly StatusName[];
};

/** What is different for one method. */
export type MethodPolicy = {
  /** Milliseconds that its calls take at most, retries included. In place of the client's default; a call's own `deadlineMs` can only be shorter. */
  timeoutMs?: number;
  /** `false`: no retries by policy. What no server has seen is still sent again. Not beside `hedging`. */
  retry?: RetryPolicy | false;
  hedging?: HedgingPolicy;
  /**
   * Whether a call that is handled twice does no more than one that is handled once. By default what the proto says (`idempotency_level`, descriptor.proto). Calls of a
   * method that is not, but is hedged or retried for more than UNAVAILABLE, must be given an `idempotencyKey` and are refused without.
   */
  idempotent?: boolean;
};

/** No retries while a target's tokens are at most half of `maxTokens`: a failed attempt costs one, a call that went well gives `tokenRatio` (gRFC A6, "throttling"). */
export type RetryThrottling = {
  /** 100, at most 1,000. */
  maxTokens?: number;
  /** 0.1. */
  tokenRatio?: number;
};

export type RetryOptions<K extends string = string> = {
  /** Of methods without a policy of their own; `false` for none. */
  retry?: RetryPolicy | false | undefined;
  retryThrottling?: RetryThrottling | false | undefined;
  /** By the method's name in camel case, as the client has it. */
  methods?: { readonly [method in K]?: MethodPolicy } | undefined;
  /** `pick_first` keeps to one address while it works; hedging needs `round_robin`, the default, to reach another instance. */
  loadBalancing?: "round_robin" | "pick_first" | undefined;
};

type MethodConfig = { name: readonly object[]; retryPolicy?: object; hedgingPolicy?: object };

/** https://github.com/grpc/grpc/blob/master/doc/service_config.md */
export type ServiceConfig = {
  loadBalancingConfig: readonly object[];
  methodConfig: readonly MethodConfig[];
  retryThrottling?: object;
};

/**
 * The service config that says this to grpc-js. Throws for values that grpc-js would refuse silently, cap or misread: which option, what it is, what it may be.
 * Timeouts are not in it: grpc-js (1.14.7) reads "0.5s" as 5 nanoseconds, and the client keeps them itself.
 */
export function serviceConfigOf(service: RpcService, options: RetryOptions): ServiceConfig {
  const { methods = {}, retry = {}, retryThrottling = {}, loadBalancing = "round_robin" } = options;
  const methodConfig: MethodConfig[] = [];
  for (const [key, policy] of Object.entries(methods)) {
    const method = Object.hasOwn(service.methods, key) ? service.methods[key] : undefined;
    if (!method) {
      const known = Object.keys(service.methods).join(", ");
      throw new Error(`methods.${key} names no method of ${service.fullName}; it has ${known}.`);
    }
    const config = policy && ofMethod(`methods.${key}`, policy);
    if (config) methodConfig.push({ name: [{ service: service.fullName, method: method.name }], ...config });
  }
  methodConfig.push({ name: [{}], ...(retry && { retryPolicy: retryPolicyOf("retry", retry) }) });
  return {
    loadBalancingConfig: [{ [loadBalancing]: {} }],
    methodConfig,
    ...(retryThrottling && { retryThrottling: throttlingOf(retryThrottling) }),
  };
}

/** Whether a call of this method has to be given an idempotency key. */
export function needsIdempotencyKey(
  method: RpcMethod,
  policy: MethodPolicy,
  general: RetryPolicy | false,
): boolean {
  const { options } = method as { options?: { idempotencyLevel?: string } };
  const level = options?.idempotencyLevel;
  if (policy.idempotent ?? (level === "NO_SIDE_EFFECTS" || level === "IDEMPOTENT")) return false;
  const retry = policy.retry ?? general;
  return (
    policy.hedging !== undefined || (retry && retry.codes?.some((code) => code !== "UNAVAILABLE")) === true
  );
}

function ofMethod(option: string, { retry, hedging }: MethodPolicy): Omit<MethodConfig, "name"> | undefined {
  if (hedging) {
    if (retry) throw new Error(`${option} has both retry and hedging; a method has one of them (gRFC A6).`);
    return { hedgingPolicy: hedgingPolicyOf(`${option}.hedging`, hedging) };
  }
  if (retry === undefined) return undefined;
  return retry ? { retryPolicy: retryPolicyOf(`${option}.retry`, retry) } : {};
}

const attempts = { least: 2, most: 5, why: "more than 5 are not made by grpc-js, gRFC A6" };

function retryPolicyOf(option: string, policy: RetryPolicy): object {
  const codes = policy.codes ?? ["UNAVAILABLE"];
  if (codes.includes("RESOURCE_EXHAUSTED")) {
    throw new Error(`${option}.codes has RESOURCE_EXHAUSTED, which is tried again as \`pushback\` says.`);
  }
  const initialMs = wholeNumber(`${option}.initialBackoffMs`, policy.initialBackoffMs, 50, { least: 1 });
  return {
    maxAttempts: wholeNumber(`${option}.maxAttempts`, policy.maxAttempts, 4, attempts),
    initialBackoff: seconds(initialMs),
    maxBackoff: seconds(
      wholeNumber(`${option}.maxBackoffMs`, policy.maxBackoffMs, Math.max(1_000, initialMs), {
        least: initialMs,
        why: "initialBackoffMs",
      }),
    ),
    backoffMultiplier: fraction(`${option}.backoffMultiplier`, policy.backoffMultiplier, 2, {
      above: 0,
      most: 100,
    }),
    retryableStatusCodes: checkedCodes(`${option}.codes`, codes, 1),
  };
}

function hedgingPolicyOf(option: string, policy: HedgingPolicy): object {
  return {
    maxAttempts: wholeNumber(`${option}.maxAttempts`, policy.maxAttempts, 2, attempts),
    hedgingDelay: seconds(wholeNumber(`${option}.hedgingDelayMs`, policy.hedgingDelayMs, 0, { least: 0 })),
    nonFatalStatusCodes: checkedCodes(`${option}.nonFatalCodes`, policy.nonFatalCodes ?? ["UNAVAILABLE"], 0),
  };
}

function throttlingOf({ maxTokens, tokenRatio }: RetryThrottling): object {
  return {
    maxTokens: fraction("retryThrottling.maxTokens", maxTokens, 100, { above: 0, most: 1_000 }),
    tokenRatio: fraction("retryThrottling.tokenRatio", tokenRatio, 0.1, { above: 0, most: 1_000 }),
  };
}

function checkedCodes(option: string, codes: readonly StatusName[], least: number): readonly StatusName[] {
  const known = Object.keys(status).filter((name) => name !== "OK" && Number.isNaN(Number(name)));
  const wrong = codes.find((code) => !known.includes(code));
  if (wrong !== undefined) throw new Error(`${option} has ${wrong}; it may have ${known.join(", ")}.`);
  if (codes.length < least) throw new Error(`${option} is empty; leave it out, or say \`retry: false\`.`);
  return codes;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(3)}s`;
}
