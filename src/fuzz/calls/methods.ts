import { type Door, doors } from "../../e2e/authorisation/doors";
import { objectRules } from "../../e2e/authorisation/object-rules";
import type { RpcMethod } from "../../platform/grpc";

/** A method at one of its doors, with valid requests. */
export type FuzzedMethod = {
  /** `alexandrite.shop.v1.ShopService/GetOrder`. */
  rpc: string;
  service: string;
  port: Door["port"];
  method: RpcMethod;
  /** Bytes of valid messages; one, but for a stream of requests. */
  valid(orderId: string): Buffer[];
};

/** Every method of the descriptors at every door, with the valid messages that the authorisation tests make their calls with. Throws for a method that has none. */
export function fuzzedMethods(): FuzzedMethod[] {
  return doors.flatMap(({ definition, port }) =>
    Object.values(definition.methods).map((method) => {
      const rpc = `${definition.fullName}/${method.name}`;
      const rule = objectRules[rpc];
      if (!rule)
        throw new Error(`${rpc} has no valid message: say one in src/e2e/authorisation/object-rules.ts.`);
      const encode = method.requestType.encode as (message: object) => { finish(): Uint8Array };
      return {
        rpc,
        service: definition.fullName,
        port,
        method,
        valid(orderId) {
          const request = rule.request(orderId);
          const messages: readonly object[] = Array.isArray(request) ? (request as object[]) : [request];
          return messages.map((message) => Buffer.from(encode(message).finish()));
        },
      };
    }),
  );
}
