import {
  create,
  type DescField,
  type DescMessage,
  type FileRegistry,
  fromBinary,
  getOption,
  hasOption,
  type Message,
} from "@bufbuild/protobuf";
import { createValidator, type Validator, type Violation } from "@bufbuild/protovalidate";
import {
  field as fieldRules,
  message as messageRules,
  oneof as oneofRules,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { AppError, type FieldViolation } from "../errors";
import type { RpcMethod, RpcService } from "./definition";
import { malformedRequest } from "./malformed-request";
import { isRedacted, redacted } from "./redact";
import { hasRedacted, redactedValues } from "./redacted-values";
import { holdsTimes, unstorableFields } from "./storable";
import { findTwoReadings } from "./two-readings";

/**
 * Checks the bytes of one request message; throws INVALID_ARGUMENT naming every field at fault, or MALFORMED_REQUEST for bytes that are none. Its texts go to callers and logs, so none holds the value of a field
 * marked `debug_redact`.
 */
export type MessageCheck = (bytes: Uint8Array) => void;

/**
 * Makes checks from the rules that the proto states (protovalidate), and for what no message may hold: see `unstorableFields`. Throws for rules that do not compile, so that they
 * fail the start and not a call.
 */
export function createChecks(
  registry: FileRegistry,
): (service: RpcService, method: RpcMethod) => MessageCheck | undefined {
  const validator = createValidator({ registry });
  return (service, method) => {
    const described = registry.getService(service.fullName)?.methods.find(({ name }) => name === method.name);
    if (!described || described.input.fields.length === 0) return undefined;
    const { input } = described;
    const timed = holdsTimes(input);
    if (!hasRules(input, new Set())) {
      // Without a NUL among the bytes there is none in a text.
      return (bytes) =>
        timed || bytes.includes(0) ? refuseUnstorable(input, parse(input, bytes)) : undefined;
    }
    const trial = validator.validate(input, create(input));
    if (trial.kind === "error") {
      throw new Error(`The validation rules of ${input.typeName} do not compile.`, { cause: trial.error });
    }
    const twoReadings = findTwoReadings(input);
    return (bytes) => {
      const field = readOrRefuse(input, () => twoReadings(bytes));
      if (field !== undefined) throw invalidFields([{ field, description: "must be told once" }]);
      const message = parse(input, bytes);
      if (timed || bytes.includes(0)) refuseUnstorable(input, message);
      check(validator, input, message);
    };
  };
}

/** Stricter than ts-proto, which takes bytes that are no UTF-8 for text. */
function parse(type: DescMessage, bytes: Uint8Array): Message {
  return readOrRefuse(type, () => fromBinary(type, bytes));
}

/** What one reader stumbles over is no message, whatever another makes of it: an end of a group that never began, for one. */
function readOrRefuse<T>({ typeName }: DescMessage, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw malformedRequest(typeName, cause);
  }
}

function refuseUnstorable(type: DescMessage, message: Message): void {
  const violations = unstorableFields(type, message);
  if (violations.length > 0) throw invalidFields(violations);
}

function invalidFields(violations: FieldViolation[]): AppError {
  return new AppError({
    category: "invalid_argument",
    reason: "INVALID_FIELDS",
    message: violations.map(({ field, description }) => `${field}: ${description}`).join("; "),
    violations,
  });
}

function check(validator: Validator, type: DescMessage, message: Message): void {
  const result = validator.validate(type, message);
  if (result.kind === "valid") return;
  const secrets = hasRedacted(type) ? redactedValues(type, message) : [];
  const tells = (text: string): boolean => secrets.some((secret) => text.includes(secret));
  if (result.kind === "error") {
    if (!tells(String(result.error.stack)) && !tells(result.error.message)) throw result.error;
    throw new Error(`A rule of ${type.typeName} could not be run; why is not shown, for it holds a secret.`);
  }
  const violations = result.violations.map((violation) => {
    const { field, message: text, ruleId } = violation;
    // A rule of the author's own may say anything, parts of the value too; a standard one speaks of its limits only.
    const hidden = isOfAuthor(violation) && (throughRedacted(field) || tells(text));
    return { field: pathText(field), description: hidden ? `does not fulfil ${ruleId}` : text };
  });
  throw invalidFields(violations);
}

type PathItem = {
  kind: string;
  name?: string;
  index?: number;
  key?: unknown;
  proto?: DescField["proto"];
};

/** The rule of a whole message has no path. */
function isOfAuthor({ rule }: Pick<Violation, "rule">): boolean {
  return (
    rule.length === 0 ||
    (rule as readonly PathItem[]).some(
      ({ kind, name }) => kind === "extension" || name === "cel" || name === "cel_expression",
    )
  );
}

function isMarked({ kind, proto }: PathItem): boolean {
  return kind === "field" && proto !== undefined && isRedacted({ proto });
}

function throughRedacted(path: readonly unknown[]): boolean {
  return (path as readonly PathItem[]).some(isMarked);
}

function pathText(path: readonly unknown[]): string {
  let text = "";
  let marked = false;
  for (const item of path as readonly PathItem[]) {
    marked ||= isMarked(item);
    if (item.kind === "list_sub") text += `[${item.index}]`;
    else if (item.kind === "map_sub") text += `[${JSON.stringify(marked ? redacted : item.key)}]`;
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
