import { create, createFileRegistry, type FileRegistry, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { type AccessRule, accessRuleOf, forAdmitted, forEverybody } from "./access";
import type { RpcMethod, RpcService } from "./definition";
import { openReflected } from "./known-files";
import { type Redactor, redactorOf } from "./redact";
import type { Authenticator } from "./types";
import { createChecks, type MessageCheck } from "./validation";

/** Access as the protos state it, the default. */
export type RuledAccess = {
  access?: "rules";
  /** Finds out who calls, for every method that is not for everybody. */
  authenticate: Authenticator;
  /** A serialized google.protobuf.FileDescriptorSet of all services added: access rules, validation and reflection come from it. */
  descriptors: Uint8Array;
};

/** No access rules: for protos that have none. It has to be chosen; nothing falls back to it. */
export type OpenAccess = {
  access: "open";
  /** Finds out who calls, for every method, and may refuse by throwing; without it all callers are anonymous. */
  authenticate?: Authenticator;
  /** As above, for validation and reflection. Without it requests are not validated, and reflection lists only services that bring their own descriptors. */
  descriptors?: Uint8Array;
};

/** What a server's protos say of its services: who may call them, what a request must fulfil, how they are described. */
export type Contracts = {
  /** Throws for a method that does not say who may call it, unless access is open. */
  ruleOf(service: RpcService, method: RpcMethod): AccessRule;
  /** Throws for rules that do not compile. */
  checkOf(service: RpcService, method: RpcMethod): MessageCheck | undefined;
  /** What makes a method's requests loggable. Only of `descriptors`: those that proto-loader makes have lost which fields are marked. */
  redactorOf(service: RpcService, method: RpcMethod): Redactor;
  /** What reflection knows of these services, and which of them. */
  reflected(services: readonly RpcService[]): { registry: FileRegistry; described: string[] };
};

export function openContracts({
  access = "rules",
  authenticate,
  descriptors,
}: RuledAccess | OpenAccess): Contracts {
  const files = fromBinary(FileDescriptorSetSchema, descriptors ?? new Uint8Array());
  const registry = createFileRegistry(files);
  const checkOf = createChecks(registry);
  return {
    ruleOf(service, method) {
      if (access === "rules") return accessRuleOf(registry, service, method);
      return authenticate ? forAdmitted : forEverybody;
    },
    checkOf,
    redactorOf({ fullName }, { name }) {
      const described = registry.getService(fullName)?.methods.find((method) => method.name === name);
      return redactorOf(registry, described?.input.typeName ?? `the request of ${fullName}/${name}`);
    },
    reflected(services) {
      const all = create(FileDescriptorSetSchema, { file: [...files.file] });
      const names = new Set(all.file.map(({ name }) => name));
      for (const { fullName, descriptors: own } of services) {
        if (!own || registry.getService(fullName)) continue;
        const missing = fromBinary(FileDescriptorSetSchema, own).file.filter(({ name }) => !names.has(name));
        for (const file of missing) names.add(file.name);
        all.file.push(...missing);
      }
      const known = openReflected(toBinary(FileDescriptorSetSchema, all));
      const described = services.map(({ fullName }) => fullName).filter((name) => known.getService(name));
      return { registry: known, described };
    },
  };
}
