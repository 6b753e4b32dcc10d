import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { type AccessRule, accessRuleOf } from "./access";
import type { RpcMethod, RpcService } from "./definition";

/** A method of a service, and who may call it. */
export type MethodAccess = { service: string; method: string; rule: AccessRule };

/** Every method of every service in a serialized FileDescriptorSet whose package starts with `prefix`, as a server reads its rule. Throws for a method without one. */
export function accessRulesOf(descriptors: Uint8Array, prefix: string): MethodAccess[] {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));
  const rules: MethodAccess[] = [];
  for (const each of registry) {
    if (each.kind !== "service" || !each.typeName.startsWith(prefix)) continue;
    for (const { name } of each.methods) {
      const service = { fullName: each.typeName } as RpcService;
      rules.push({
        service: each.typeName,
        method: name,
        rule: accessRuleOf(registry, service, { name } as RpcMethod),
      });
    }
  }
  return rules;
}
