import { dirname, join } from "node:path";
import { type DescExtension, type DescFile, type FileRegistry, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { type Server, type ServerDuplexStream, status } from "@grpc/grpc-js";
import { loadSync, type ServiceDefinition } from "@grpc/proto-loader";

/**
 * Answers server reflection (grpc/grpc `doc/server-reflection.md`), v1 and v1alpha, from the descriptors as they were compiled. Of
 * `@grpc/reflection` only the contract is used: its implementation merges the files of a package and loses custom options, so
 * that nobody sees who may call a method and what a field must fulfil. Call it before the server starts.
 */
export function addReflection(server: Server, registry: FileRegistry, services: readonly string[]): void {
  for (const version of ["v1", "v1alpha"]) {
    server.addService(loadContract(version), {
      ServerReflectionInfo: (stream: ServerDuplexStream<Question, object>) => {
        stream.on("data", (question: Question) => stream.write(answer(question, registry, services)));
        stream.on("end", () => stream.end());
      },
    });
  }
}

type Question = {
  host: string;
  messageRequest?: string;
  fileByFilename?: string;
  fileContainingSymbol?: string;
  fileContainingExtension?: { containingType: string; extensionNumber: number };
  allExtensionNumbersOfType?: string;
};

function answer(question: Question, registry: FileRegistry, services: readonly string[]): object {
  const { host, messageRequest, fileByFilename = "", fileContainingSymbol = "" } = question;
  const found = (response: object): object => ({ validHost: host, originalRequest: question, ...response });
  const refused = (errorCode: number, errorMessage: string) =>
    found({ errorResponse: { errorCode, errorMessage } });
  const file = (of: DescFile | undefined, what: string): object =>
    of
      ? found({ fileDescriptorResponse: { fileDescriptorProto: withImports(of) } })
      : refused(status.NOT_FOUND, `This server knows no ${what}`);
  switch (messageRequest) {
    case "listServices":
      return found({ listServicesResponse: { service: services.map((name) => ({ name })) } });
    case "fileByFilename":
      return file(registry.getFile(fileByFilename), `file ${fileByFilename}`);
    case "fileContainingSymbol":
      return file(fileOf(registry, fileContainingSymbol), `symbol ${fileContainingSymbol}`);
    case "fileContainingExtension": {
      const { containingType = "", extensionNumber = 0 } = question.fileContainingExtension ?? {};
      const extension = extensionsOf(registry, containingType).find(
        (each) => each.number === extensionNumber,
      );
      return file(extension?.file, `extension ${extensionNumber} of ${containingType}`);
    }
    case "allExtensionNumbersOfType": {
      const { allExtensionNumbersOfType: baseTypeName = "" } = question;
      const extensionNumber = extensionsOf(registry, baseTypeName).map((each) => each.number);
      return found({ allExtensionNumbersResponse: { baseTypeName, extensionNumber } });
    }
    default:
      return refused(status.UNIMPLEMENTED, "This kind of question is not known");
  }
}

/** The file of a type, service or extension, or of a member of one. */
function fileOf(registry: FileRegistry, symbol: string): DescFile | undefined {
  const described = registry.get(symbol) ?? registry.get(symbol.slice(0, symbol.lastIndexOf(".")));
  return described?.file;
}

function extensionsOf(registry: FileRegistry, extendee: string): DescExtension[] {
  return [...registry].filter(
    (each): each is DescExtension => each.kind === "extension" && each.extendee.typeName === extendee,
  );
}

/** A file and all that it imports, itself first. */
function withImports(file: DescFile, seen = new Set<DescFile>()): Uint8Array[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const bytes = toBinary(FileDescriptorProtoSchema, file.proto);
  return [bytes, ...file.dependencies.flatMap((each) => withImports(each, seen))];
}

function loadContract(version: string): ServiceDefinition {
  const folder = dirname(require.resolve("@grpc/reflection/package.json"));
  const path = join(folder, "build/proto/grpc/reflection", version, "reflection.proto");
  return loadSync(path, { oneofs: true })[`grpc.reflection.${version}.ServerReflection`] as ServiceDefinition;
}
