import { join } from "node:path";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { create } from "@bufbuild/protobuf";
import { credentials, loadPackageDefinition, type ServiceDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { createTestHost, type TestHost } from "../testing";
import {
  type Client,
  createServer,
  fromProtoLoader,
  type GrpcServer,
  type Handlers,
  loadService,
  openClient,
  withoutCredentials,
} from ".";
import { askReflection } from "./testing/ask-reflection";
import { serverSettings } from "./testing/probe";

type Guest = {
  who: { fullName: string; badgeNumber: string };
  tone: "TONE_UNSPECIFIED" | "TONE_FORMAL";
  namedGifts: Record<string, { content: Buffer }>;
  nickName?: string;
  arrivedAt: { seconds: string; nanos: number } | null;
  seat?: "tableNumber" | "throne";
  tableNumber?: number;
};
type Greeting = { text: string; echo?: Guest };
type Meeting = {
  greet: { request: Guest; response: Greeting };
  countGuests: { request: Guest; response: { guests: number }; requestStream: true };
  listGreetings: { request: Guest; response: Greeting; responseStream: true };
  converse: { request: Guest; response: Greeting; requestStream: true; responseStream: true };
};

const folder = join(__dirname, "testing/loaded");
const includeDirs = [folder];
const Meeting = loadService<Meeting>("meeting.proto", "meeting.v1.Meeting", { includeDirs });

const guest: Guest = {
  who: { fullName: "Ada", badgeNumber: "9007199254740993" },
  tone: "TONE_FORMAL",
  namedGifts: { book: { content: Buffer.from("Sketch") } },
  nickName: "A.",
  arrivedAt: { seconds: "1700000000", nanos: 5 },
  tableNumber: 7,
};

const handlers: Handlers<typeof Meeting> = {
  greet: async (echo) => ({ text: `Hello ${echo.who.fullName}`, echo }),
  countGuests: async (guests) => {
    let count = 0;
    for await (const _guest of guests) count += 1;
    return { guests: count };
  },
  listGreetings: async function* ({ who }) {
    for (const word of ["Hello", "Welcome"]) yield { text: `${word} ${who.fullName}` };
  },
  converse: async function* (guests) {
    for await (const { who } of guests) yield { text: `Hello ${who.fullName}` };
  },
};

let serverHost: TestHost;
let clientHost: TestHost;
let server: GrpcServer;
let client: Client<typeof Meeting>;

beforeAll(async () => {
  serverHost = createTestHost("meeting");
  clientHost = createTestHost("guest");
  server = createServer(serverHost, serverSettings(), { access: "open" });
  server.add(Meeting, handlers);
  await serverHost.own(server.listen());
  const options = { address: `127.0.0.1:${server.port}`, credentials: withoutCredentials() };
  client = await clientHost.own(openClient(clientHost, Meeting, options));
});
afterAll(async () => {
  await clientHost.close();
  await serverHost.close();
});

async function* guests(): AsyncIterable<Guest> {
  yield guest;
  yield guest;
}

async function textsOf(greetings: AsyncIterable<Greeting>): Promise<string[]> {
  const texts: string[] = [];
  for await (const { text } of greetings) texts.push(text);
  return texts;
}

test("all four call kinds work on a service that was loaded from its proto, and are counted under its names", async () => {
  expect(await client.greet(guest)).toMatchObject({
    text: "Hello Ada",
    echo: { ...guest, seat: "tableNumber" },
  });
  expect(await client.countGuests(guests())).toEqual({ guests: 2 });
  expect(await textsOf(client.listGreetings(guest))).toEqual(["Hello Ada", "Welcome Ada"]);
  expect(await textsOf(client.converse(guests()))).toEqual(["Hello Ada", "Hello Ada"]);
  for (const [grpc_type, grpc_method, received, sent] of [
    ["unary", "Greet", 1, 1],
    ["client_stream", "CountGuests", 2, 1],
    ["server_stream", "ListGreetings", 1, 2],
    ["bidi_stream", "Converse", 2, 2],
  ] as const) {
    const labels = { grpc_type, grpc_service: "meeting.v1.Meeting", grpc_method };
    expect(await serverHost.metric("grpc_server_handled_total", { ...labels, grpc_code: "OK" })).toBe(1);
    expect(await clientHost.metric("grpc_client_handled_total", { ...labels, grpc_code: "OK" })).toBe(1);
    expect(await serverHost.metric("grpc_server_msg_received_total", labels)).toBe(received);
    expect(await serverHost.metric("grpc_server_msg_sent_total", labels)).toBe(sent);
    const spans = serverHost.spans().filter(({ name }) => name === `meeting.v1.Meeting/${grpc_method}`);
    expect(spans).toHaveLength(2);
    expect(serverHost.logs).toContainEqual(
      expect.objectContaining({ rpc_method: `meeting.v1.Meeting/${grpc_method}`, rpc_code: "OK" }),
    );
  }
});

test("a client of grpc-js itself talks to it", async () => {
  const { meeting } = loadPackageDefinition(loadSync("meeting.proto", { includeDirs })) as unknown as {
    meeting: { v1: { Meeting: new (address: string, by: unknown) => RawMeeting } };
  };
  type RawMeeting = {
    greet(request: object, done: (error: Error | null, answer: Greeting) => void): void;
    close(): void;
  };
  const raw = new meeting.v1.Meeting(`127.0.0.1:${server.port}`, credentials.createInsecure());
  const answer = new Promise((resolve, reject) =>
    raw.greet({ who: { fullName: "Grace" } }, (error, greeting) =>
      error ? reject(error) : resolve(greeting),
    ),
  );
  await expect(answer).resolves.toMatchObject({ text: "Hello Grace" });
  raw.close();
});

test("a request of other bytes is told so", async () => {
  const odd = fromProtoLoader<Meeting>(loadSync("meeting.proto", { includeDirs }), "meeting.v1.Meeting");
  const greet = { ...odd.methods.greet, requestType: { ...odd.methods.greet.requestType } };
  greet.requestType.encode = () => ({ finish: () => Buffer.from([0x0a, 0xff]) });
  const address = `127.0.0.1:${server.port}`;
  const options = { address, credentials: withoutCredentials() };
  const service = { ...odd, methods: { ...odd.methods, greet } };
  const other = await clientHost.own(openClient(clientHost, service, options));
  await expect(other.greet(guest)).rejects.toMatchObject({
    category: "invalid_argument",
    reason: "MALFORMED_REQUEST",
  });
});

test("one service's definition will do, and a name that is not there is answered with those that are", () => {
  const loaded = loadSync("meeting.proto", { includeDirs });
  const one = loaded["meeting.v1.Meeting"] as ServiceDefinition;
  expect(Object.keys(fromProtoLoader(one, "meeting.v1.Meeting").methods)).toEqual(Object.keys(handlers));
  expect(() => fromProtoLoader(loaded, "meeting.v1.Party")).toThrow(
    "There is no service meeting.v1.Party in what was loaded; there is meeting.v1.Meeting.",
  );
  expect(() => fromProtoLoader(one, "meeting.v2.Meeting")).toThrow("There is no service meeting.v2.Meeting");
});

describe("what reflection says of a loaded service", () => {
  const registryOf = async () => {
    const question = { file_containing_symbol: "meeting.v1.Meeting" };
    const { file_descriptor_response } = await askReflection(server, "v1", question);
    const file = (file_descriptor_response?.file_descriptor_proto ?? [])
      .map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes))
      .reverse();
    return createFileRegistry(create(FileDescriptorSetSchema, { file }));
  };

  test("it is listed", async () => {
    const { list_services_response } = await askReflection(server, "v1", { list_services: "*" });
    expect(list_services_response?.service[0]).toEqual({ name: "meeting.v1.Meeting" });
  });

  test("its files import each other, and types have their full names", async () => {
    const registry = await registryOf();
    const request = registry.getMessage("meeting.v1.GreetRequest");
    const typeOf = (name: string) => {
      const field = request?.fields.find((each) => each.name === name);
      return (field?.message ?? field?.enum)?.typeName;
    };
    expect(request?.file.proto.dependency.toSorted()).toEqual([
      "google/protobuf/timestamp.proto",
      "meeting_people_v1.proto",
    ]);
    expect(typeOf("who")).toBe("meeting.people.v1.Person");
    expect(typeOf("tone")).toBe("meeting.v1.GreetRequest.Tone");
    expect(typeOf("throne")).toBe("meeting.v1.GreetRequest.Gift");
    expect(typeOf("arrived_at")).toBe("google.protobuf.Timestamp");
    const methods = registry.getService("meeting.v1.Meeting")?.methods ?? [];
    expect(methods.map(({ name, methodKind }) => [name, methodKind])).toEqual([
      ["Greet", "unary"],
      ["CountGuests", "client_streaming"],
      ["ListGreetings", "server_streaming"],
      ["Converse", "bidi_streaming"],
    ]);
  });

  test("maps and optional fields are what protoc makes of them", async () => {
    const request = (await registryOf()).getMessage("meeting.v1.GreetRequest");
    const gifts = request?.fields.find(({ name }) => name === "named_gifts");
    expect(gifts?.fieldKind).toBe("map");
    expect(request?.proto.nestedType.map(({ name }) => name)).toContain("NamedGiftsEntry");
    expect(request?.fields.find(({ name }) => name === "nick_name")?.proto.proto3Optional).toBe(true);
    expect(request?.oneofs.map(({ name }) => name)).toEqual(["seat"]);
    // Go's readers refuse a file whose optional fields' own oneofs are not the last.
    expect(request?.proto.oneofDecl.map(({ name }) => name)).toEqual(["seat", "_nick_name"]);
  });
});
