import { type DescExtension, type DescFile, type FileRegistry, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { type Server, type ServerDuplexStream, status } from "@grpc/grpc-js";
import { reflectionService, reflectionVersions } from "./reflection-contract";

/**
 * Answers server reflection (grpc/grpc `doc/server-reflection.md`), v1 and v1alpha, from the descriptors as they were compiled. `@grpc/reflection` would merge the
 * files of a package and lose custom options, so that nobody saw who may call a method and what a field must fulfil. Call it before the server starts.
 */
export function addReflection(server: Server, registry: FileRegistry, services: readonly string[]): void {
  for (const version of reflectionVersions) {
    server.addService(reflectionService(version), {
      ServerReflectionInfo: (stream: ServerDuplexStream<Question, object>) => {
        stream.on("data", (question: Question) => stream.write(answer(question, registry, services)));
        stream.on("end", () => stream.end());
      },
    });
  }
}

/** Names as in the proto: proto-loader keeps them when it reads descriptors. */
type Question = {
  host: string;
  message_request?: string;
  file_by_filename?: string;
  file_containing_symbol?: string;
  file_containing_extension?: { containing_type: string; extension_number: number };
  all_extension_numbers_of_type?: string;
};

function answer(question: Question, registry: FileRegistry, services: readonly string[]): object {
  const { host, message_request, file_by_filename = "", file_containing_symbol = "" } = question;
  const found = (response: object): object => ({
    valid_host: host,
    original_request: question,
    ...response,
  });
  const refused = (error_code: number, error_message: string) =>
    found({ error_response: { error_code, error_message } });
  const file = (of: DescFile | undefined, what: string): object =>
    of
      ? found({ file_descriptor_response: { file_descriptor_proto: withImports(of) } })
      : refused(status.NOT_FOUND, `This server knows no ${what}`);
  switch (message_request) {
    case "list_services":
      return found({ list_services_response: { service: services.map((name) => ({ name })) } });
    case "file_by_filename":
      return file(registry.getFile(file_by_filename), `file ${file_by_filename}`);
    case "file_containing_symbol":
      return file(fileOf(registry, file_containing_symbol), `symbol ${file_containing_symbol}`);
    case "file_containing_extension": {
      const { containing_type: type = "", extension_number: number = 0 } =
        question.file_containing_extension ?? {};
      const extension = extensionsOf(registry, type).find((each) => each.number === number);
      return file(extension?.file, `extension ${number} of ${type}`);
    }
    case "all_extension_numbers_of_type": {
      const { all_extension_numbers_of_type: base_type_name = "" } = question;
      const extension_number = extensionsOf(registry, base_type_name).map((each) => each.number);
      return found({ all_extension_numbers_response: { base_type_name, extension_number } });
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
