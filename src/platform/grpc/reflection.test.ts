import { dirname, join } from "node:path";
import { createFileRegistry, fromBinary, getOption } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { credentials, loadPackageDefinition, type ServiceClientConstructor } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { openProbe, type Probe } from "./testing/probe";

const folder = dirname(require.resolve("@grpc/reflection/package.json"));

type Answer = {
  listServicesResponse?: { service: { name: string }[] };
  fileDescriptorResponse?: { fileDescriptorProto: Buffer[] };
  allExtensionNumbersResponse?: { extensionNumber: number[] };
  errorResponse?: { errorCode: number; errorMessage: string };
};

function ask({ server }: Probe, version: string, question: object): Promise<Answer> {
  const path = join(folder, "build/proto/grpc/reflection", version, "reflection.proto");
  const loaded = loadPackageDefinition(loadSync(path, { oneofs: true })) as unknown as {
    grpc: { reflection: Record<string, { ServerReflection: ServiceClientConstructor }> };
  };
  const Reflection = loaded.grpc.reflection[version]?.ServerReflection as ServiceClientConstructor;
  const client = new Reflection(`127.0.0.1:${server.port}`, credentials.createInsecure());
  return new Promise<Answer>((resolve, reject) => {
    const call = client["ServerReflectionInfo"]?.();
    call.on("data", resolve).on("error", reject);
    call.write(question);
    call.end();
  }).finally(() => client.close());
}

describe.each(["v1", "v1alpha"])("reflection %s, without a token", (version) => {
  let probe: Probe;
  beforeAll(async () => {
    probe = await openProbe();
  });
  afterAll(() => probe.close());

  test("lists the services", async () => {
    const { listServicesResponse } = await ask(probe, version, { listServices: "*" });
    expect(listServicesResponse?.service).toEqual([
      { name: "alexandrite.testing.v1.ProbeService" },
      { name: "grpc.health.v1.Health" },
    ]);
  });

  test.each(["alexandrite.testing.v1.ProbeService", "alexandrite.testing.v1.ProbeService.Unary"])(
    "describes %s by its file and all that it imports, custom options included",
    async (fileContainingSymbol) => {
      const { fileDescriptorResponse } = await ask(probe, version, { fileContainingSymbol });
      const file = (fileDescriptorResponse?.fileDescriptorProto ?? []).map((bytes) =>
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
  ])("knows %s", async (fileContainingSymbol) => {
    const { fileDescriptorResponse } = await ask(probe, version, { fileContainingSymbol });
    expect(fileDescriptorResponse?.fileDescriptorProto).not.toHaveLength(0);
  });

  test("finds the extensions of a type", async () => {
    const name = "google.protobuf.MethodOptions";
    const { allExtensionNumbersResponse } = await ask(probe, version, { allExtensionNumbersOfType: name });
    expect(allExtensionNumbersResponse?.extensionNumber).toContain(50001);
    const fileContainingExtension = { containingType: name, extensionNumber: 50001 };
    const { fileDescriptorResponse } = await ask(probe, version, { fileContainingExtension });
    expect(fileDescriptorResponse?.fileDescriptorProto).not.toHaveLength(0);
  });

  test("says what it does not know", async () => {
    const { errorResponse } = await ask(probe, version, { fileContainingSymbol: "made.up" });
    expect(errorResponse).toEqual({ errorCode: 5, errorMessage: "This server knows no symbol made.up" });
  });
});
