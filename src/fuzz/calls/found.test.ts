import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { CrmServiceDefinition } from "../../gen/alexandrite/crm/v1/crm";
import { MesOperatorServiceDefinition } from "../../gen/alexandrite/mes/v1/mes_operator";
import { MesWorkerServiceDefinition, WorkRequest } from "../../gen/alexandrite/mes/v1/mes_worker";
import { descriptorSet } from "../../gen/descriptors";
import { createServer, grpcServerConfig } from "../../platform/grpc";
import { defineConfig } from "../../platform/config";
import { createChecks } from "../../platform/grpc/validation";
import { createTestHost, type TestHost } from "../../platform/testing";
import type { Client } from "@grpc/grpc-js";
import { fuzzedMethods } from "./methods";
import { type CallEnd, openRawClient, sendCall } from "./send-call";

/** What fuzzing has found, at a server whose handler says what it was given. */
let host: TestHost;
let client: Client;
const given: WorkRequest["message"][] = [];

beforeAll(async () => {
  host = createTestHost();
  const { grpc } = defineConfig({ grpc: grpcServerConfig })({ GRPC_PORT: "0" });
  const server = createServer(host, grpc, { access: "open", descriptors: descriptorSet });
  server.add(MesWorkerServiceDefinition, {
    work: async function* (requests) {
      for await (const { message } of requests) {
        given.push(message);
        yield { message: undefined };
      }
    },
  });
  const { port } = await host.own(server.listen());
  client = openRawClient(`127.0.0.1:${port}`);
});

afterAll(async () => {
  client.close();
  await host.close();
});

const progress = (fields: { jobId?: string; progress: number }): Uint8Array =>
  WorkRequest.encode(
    WorkRequest.fromPartial({ workerId: "w", message: { $case: "progress", value: fields } }),
  ).finish();

async function send(...parts: Uint8Array[]): Promise<CallEnd> {
  const method = fuzzedMethods().find(({ rpc }) => rpc.endsWith("MesWorkerService/Work"))!;
  return sendCall(client, { method, role: "service", messages: [Buffer.concat(parts)] }, {}, 30_000);
}

const whole = progress({ jobId: "d27293fd-b57c-4399-b201-1022162e5ede", progress: 0.5 });

test("parts that are right together only do not pass for a right message", async () => {
  expect(await send(whole)).toMatchObject({ code: "OK" });
  expect(await send(whole, progress({ progress: 0.7 }))).toEqual({
    code: "InvalidArgument",
    message: "progress: must be told once",
  });
  expect(given).toHaveLength(1);
});

test("the end of a group where a number should be is no message, though one of two readers takes it for the number", () => {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptorSet));
  const check = createChecks(registry)(CrmServiceDefinition, CrmServiceDefinition.methods.listOrders)!;
  expect(() => check(Buffer.from("1c18", "hex"))).toThrow("is not a message of");
});

test("a text that begins as a group, which one reader takes for the text and the other passes over, is no message", () => {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptorSet));
  const check = createChecks(registry)(
    MesOperatorServiceDefinition,
    MesOperatorServiceDefinition.methods.finishOrder,
  )!;
  const id = Buffer.from("$14f0bc8e-eaDe-4032-b9d5-b83bf662fa7f");
  expect(() =>
    check(Buffer.concat([Buffer.from("0a", "hex"), id, Buffer.from("1001", "hex")])),
  ).not.toThrow();
  expect(() => check(Buffer.concat([Buffer.from("0b", "hex"), id, Buffer.from("1001", "hex")]))).toThrow(
    "is not a message of",
  );
});
