import {
  create,
  type DescMessage,
  type FileRegistry,
  fromBinary,
  getOption,
  hasOption,
} from "@bufbuild/protobuf";
import { createValidator, type Validator } from "@bufbuild/protovalidate";
import {
  field as fieldRules,
  message as messageRules,
  oneof as oneofRules,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { AppError } from "../errors";
import type { RpcMethod, RpcService } from "./definition";

/** Checks the bytes of one request message; throws INVALID_ARGUMENT naming every field at fault. */
export type MessageCheck = (bytes: Uint8Array) => void;

/**
 * Makes checks from the rules that the proto states (protovalidate); a message type without rules anywhere in it needs none. Throws for rules that do not
 * compile, so that they fail the start and not a call.
 */
export function createChecks(
  registry: FileRegistry,
): (service: RpcService, method: RpcMethod) => MessageCheck | undefined {
  const validator = createValidator({ registry });
  return (service, method) => {
    const described = registry.getService(service.fullName)?.methods.find(({ name }) => name === method.name);
    if (!described || !hasRules(described.input, new Set())) return undefined;
    const { input } = described;
    const trial = validator.validate(input, create(input));
    if (trial.kind === "error") {
      throw new Error(`The validation rules of ${input.typeName} do not compile.`, { cause: trial.error });
    }
    return (bytes) => check(validator, input, bytes);
  };
}

function check(validator: Validator, type: DescMessage, bytes: Uint8Array): void {
  const result = validator.validate(type, fromBinary(type, bytes));
  if (result.kind === "valid") return;
  if (result.kind === "error") throw result.error;
  const violations = result.violations.map(({ field, message }) => ({
    field: pathText(field),
    description: message,
  }));
  throw new AppError({
    category: "invalid_argument",
    reason: "INVALID_FIELDS",
    message: violations.map(({ field, description }) => `${field}: ${description}`).join("; "),
    violations,
  });
}

type PathItem = { kind: string; name?: string; index?: number; key?: unknown };

function pathText(path: readonly unknown[]): string {
  let text = "";
  for (const item of path as PathItem[]) {
    if (item.kind === "list_sub") text += `[${item.index}]`;
    else if (item.kind === "map_sub") text += `[${JSON.stringify(item.key)}]`;
    else text += `${text === "" ? "" : "."}${item.name ?? ""}`;
  }
  return text;
}

function hasRules(type: DescMessage, seen: Set<string>): boolean {
  if (seen.has(type.typeName) || type.typeName.startsWith("google.protobuf.")) return false;
  seen.add(type.typeName);
  if (
    hasOption(type, messageRules) &&
    (getOption(type, messageRules).cel.length > 0 || getOption(type, messageRules).oneof.length > 0)
  )
    return true;
  if (type.oneofs.some((oneof) => hasOption(oneof, oneofRules))) return true;
  return type.fields.some(
    (field) => hasOption(field, fieldRules) || (field.message !== undefined && hasRules(field.message, seen)),
  );
}
