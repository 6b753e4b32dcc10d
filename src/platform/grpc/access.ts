import { type DescExtension, type DescMethod, type FileRegistry, getOption } from "@bufbuild/protobuf";
import { AppError } from "../errors";
import type { RpcMethod, RpcService } from "./definition";
import type { Principal } from "./types";

/** Who may call a method: anybody, one of some roles, or `any` whom the server's `authenticate` lets pass. */
export type AccessRule = { anonymous: boolean; roles: ReadonlySet<string> | "any" };

/** For everybody; nobody is asked who they are. */
export const forEverybody: AccessRule = { anonymous: true, roles: new Set() };

/** For whomever `authenticate` does not refuse, the anonymous included. */
export const forAdmitted: AccessRule = { anonymous: false, roles: "any" };

const accessOption = "alexandrite.platform.v1.access";

/** The rule that a method's proto option states. Throws when there is none, or one that lets nobody in: the server does not start. */
export function accessRuleOf(registry: FileRegistry, service: RpcService, method: RpcMethod): AccessRule {
  const described = registry.getService(service.fullName)?.methods.find(({ name }) => name === method.name);
  const extension = registry.getExtension(accessOption);
  if (!described || !extension)
    throw new Error(
      `${service.fullName}/${method.name} is not in the descriptors the server was given, or they lack (${accessOption}): hand them in, or choose access: "open".`,
    );
  const rule = readRule(described, extension);
  if (!rule.anonymous && rule.roles.size === 0) {
    throw new Error(
      `${service.fullName}/${method.name} does not say who may call it: add option (${accessOption}) to its proto.`,
    );
  }
  return rule;
}

function readRule(method: DescMethod, extension: DescExtension): AccessRule & { roles: ReadonlySet<string> } {
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
  if (anonymous || roles === "any" || roles.has(role)) return;
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
