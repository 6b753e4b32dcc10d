import { AppError, type FieldViolation } from "./app-error";
import type { ErrorCategory } from "./categories";

/** One reason of a service's catalogue; `message` builds the text from the details that its factory is called with. */
export type ErrorDefinition<P> = {
  category: ErrorCategory;
  reason: string;
  message: string | ((params: P) => string);
  /** A more exact HTTP status than the category's, such as 413. */
  httpStatus?: number;
};

type Param = string | number | bigint | boolean;

/** What every factory accepts beside the details. */
export type ErrorExtras = { cause?: unknown; violations?: FieldViolation[]; retryAfterMs?: number };

type ParamsOf<D> = D extends { message: (params: infer P) => string } ? P : Record<string, never>;

type Factory<D> = D extends { message: (params: never) => string }
  ? (params: ParamsOf<D>, extras?: ErrorExtras) => AppError
  : (params?: Record<string, Param>, extras?: ErrorExtras) => AppError;

/**
 * Turns a service's list of reasons into typed factories. The parameters become `details`, as strings:
 *
 * `const errors = defineErrors("shop.alexandrite", { notHolder: { category: "failed_precondition", reason: "NOT_HOLDER",
 *  message: (p: { orderId: string; holder: string }) => `Order ${p.orderId} is held by ${p.holder}.` } });`
 *
 * `throw errors.notHolder({ orderId, holder });`
 */
export function defineErrors<const D extends Record<string, ErrorDefinition<never>>>(
  domain: string,
  table: D,
): { readonly [K in keyof D]: Factory<D[K]> } {
  const factories: Record<string, (params?: Record<string, Param>, extras?: ErrorExtras) => AppError> = {};
  for (const [name, definition] of Object.entries(table)) {
    factories[name] = (params = {}, extras = {}) =>
      new AppError({
        category: definition.category,
        reason: definition.reason,
        message:
          typeof definition.message === "string" ? definition.message : definition.message(params as never),
        domain,
        details: asDetails(params),
        ...(definition.httpStatus !== undefined && { httpStatus: definition.httpStatus }),
        ...extras,
      });
  }
  return factories as { readonly [K in keyof D]: Factory<D[K]> };
}

function asDetails(params: Record<string, Param | undefined>): Record<string, string> {
  const details: Record<string, string> = {};
  for (const [name, value] of Object.entries(params)) if (value !== undefined) details[name] = String(value);
  return details;
}
