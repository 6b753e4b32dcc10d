import { createFileRegistry, fromBinary, getOption } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { reflectionVersions } from "./reflection-contract";
import { askReflection } from "./testing/ask-reflection";
import { openProbe, type Probe } from "./testing/probe";

describe.each(reflectionVersions)("reflection %s, without a token", (version) => {
  let probe: Probe;
  beforeAll(async () => {
    probe = await openProbe();
  });
  afterAll(() => probe.close());

  test("lists the services", async () => {
    const { list_services_response } = await askReflection(probe.server, version, { list_services: "*" });
    expect(list_services_response?.service).toEqual([
      { name: "alexandrite.testing.v1.ProbeService" },
      { name: "grpc.health.v1.Health" },
      { name: "grpc.reflection.v1.ServerReflection" },
      { name: "grpc.reflection.v1alpha.ServerReflection" },
    ]);
  });

  test.each(["alexandrite.testing.v1.ProbeService", "alexandrite.testing.v1.ProbeService.Unary"])(
    "describes %s by its file and all that it imports, custom options included",
    async (file_containing_symbol) => {
      const { file_descriptor_response } = await askReflection(probe.server, version, {
        file_containing_symbol,
      });
      const file = (file_descriptor_response?.file_descriptor_proto ?? []).map((bytes) =>
        fromBinary(FileDescriptorProtoSchema, bytes),
      );
      const [own] = file;
      if (!own) throw new Error("No file was found.");
      const registry = createFileRegistry(own, (name) => file.find((each) => each.name === name));
      const unary = registry.getService("alexandrite.testing.v1.ProbeService")?.method["unary"];
      const access = registry.getExtension("alexandrite.platform.v1.access");
      expect(unary && access && getOption(unary, access)).toMatchObject({ roles: [1] });
    },
  );

  test.each([
    "grpc.health.v1.Health",
    "google.rpc.ErrorInfo",
    "google.rpc.RetryInfo",
    "google.rpc.BadRequest",
  ])("knows %s", async (file_containing_symbol) => {
    const { file_descriptor_response } = await askReflection(probe.server, version, {
      file_containing_symbol,
    });
    expect(file_descriptor_response?.file_descriptor_proto).not.toHaveLength(0);
  });

  test("finds the extensions of a type", async () => {
    const name = "google.protobuf.MethodOptions";
    const { all_extension_numbers_response } = await askReflection(probe.server, version, {
      all_extension_numbers_of_type: name,
    });
    expect(all_extension_numbers_response?.extension_number).toContain(50001);
    const file_containing_extension = { containing_type: name, extension_number: 50001 };
    const { file_descriptor_response } = await askReflection(probe.server, version, {
      file_containing_extension,
    });
    expect(file_descriptor_response?.file_descriptor_proto).not.toHaveLength(0);
  });

  test("says what it does not know", async () => {
    const { error_response } = await askReflection(probe.server, version, {
      file_containing_symbol: "made.up",
    });
    expect(error_response).toEqual({ error_code: 5, error_message: "This server knows no symbol made.up" });
  });
});
