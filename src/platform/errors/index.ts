export { AppError, toAppError, type AppErrorInit, type FieldViolation } from "./app-error";
export {
  categories,
  categoryOfGrpcStatus,
  categoryOfHttpStatus,
  type CategoryRule,
  type ErrorCategory,
  type LogLevel,
} from "./categories";
export { defineErrors, type ErrorDefinition, type ErrorExtras } from "./define-errors";
export { describeError, errorChain, type ErrorDescription } from "./describe";
export { isTransient } from "./transient";
