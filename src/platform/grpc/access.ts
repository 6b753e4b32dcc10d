import {
  createFileRegistry,
  type DescMethod,
  type FileRegistry,
  fromBinary,
  getOption,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import type { DescExtension } from "@bufbuild/protobuf";
import { AppError } from "../errors";
import type { RpcMethod, RpcService } from "./definition";
import type { Principal } from "./types";

/** Who may call a method: anybody, or one of some roles. */
export type AccessRule = { anonymous: boolean; roles: ReadonlySet<string> };

const accessOption = "alexandrite.platform.v1.access";

export function openRegistry(descriptors: Uint8Array): FileRegistry {
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));
}

/** The rule that a method's proto option states. Throws when there is none, or one that lets nobody in: the server does not start. */
export function accessRuleOf(registry: FileRegistry, service: RpcService, method: RpcMethod): AccessRule {
  const described = registry.getService(service.fullName)?.methods.find(({ name }) => name === method.name);
  const extension = registry.getExtension(accessOption);
  if (!described || !extension)
    throw new Error(`${service.fullName}/${method.name} is not in the descriptors the server was given.`);
  const rule = readRule(described, extension);
  if (!rule.anonymous && rule.roles.size === 0) {
    throw new Error(
      `${service.fullName}/${method.name} does not say who may call it: add option (${accessOption}) to its proto.`,
    );
  }
  return rule;
}

function readRule(method: DescMethod, extension: DescExtension): AccessRule {
  const option = getOption(method, extension) as unknown as { anonymous?: boolean; roles?: number[] };
  const roleEnum = extension.message?.fields.find(({ name }) => name === "roles")?.enum;
  const roles = (option.roles ?? []).map((number) => {
    const value = roleEnum?.value[number];
    if (!value) throw new Error(`${method.parent.typeName}/${method.name} names an unknown role ${number}.`);
    return value.name.replace("ROLE_", "").toLowerCase();
  });
  return { anonymous: option.anonymous ?? false, roles: new Set(roles) };
}

/** Throws unless the rule lets the caller in. */
export function mustBeAllowed({ anonymous, roles }: AccessRule, { role }: Principal, method: string): void {
  if (anonymous || roles.has(role)) return;
  const allowed = [...roles].join(", ");
  if (role === "anonymous") {
    throw new AppError({
      category: "unauthenticated",
      reason: "NO_CREDENTIALS",
      message: `${method} is for ${allowed}: send "authorization: Bearer <token>" or "x-api-key"`,
    });
  }
  throw new AppError({
    category: "permission_denied",
    reason: "WRONG_ROLE",
    message: `${method} is for ${allowed}, not for a ${role}`,
    details: { role, allowed },
  });
}
