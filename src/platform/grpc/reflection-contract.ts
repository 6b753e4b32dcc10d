import { create, fromJson, toBinary } from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { loadFileDescriptorSetFromBuffer, type ServiceDefinition } from "@grpc/proto-loader";
import { message } from "./descriptor-json";

/** v1 and its predecessor differ in nothing but the name; tools still ask for either. */
export const reflectionVersions = ["v1", "v1alpha"] as const;
export type ReflectionVersion = (typeof reflectionVersions)[number];

export function reflectionServiceName(version: ReflectionVersion): string {
  return `grpc.reflection.${version}.ServerReflection`;
}

/** grpc/reflection/v1/reflection.proto. */
export function reflectionFile(version: ReflectionVersion): FileDescriptorProto {
  const of = (name: string): string => `.grpc.reflection.${version}.${name}`;
  const one = (name: string, typeName: string) => ({ name, type: "MESSAGE", typeName: of(typeName) });
  return fromJson(FileDescriptorProtoSchema, {
    name: `grpc/reflection/${version}/reflection.proto`,
    package: `grpc.reflection.${version}`,
    syntax: "proto3",
    messageType: [
      message(
        "ServerReflectionRequest",
        [
          { name: "host", type: "STRING", number: 1 },
          { name: "file_by_filename", type: "STRING", number: 3, oneofIndex: 0 },
          { name: "file_containing_symbol", type: "STRING", number: 4, oneofIndex: 0 },
          { ...one("file_containing_extension", "ExtensionRequest"), number: 5, oneofIndex: 0 },
          { name: "all_extension_numbers_of_type", type: "STRING", number: 6, oneofIndex: 0 },
          { name: "list_services", type: "STRING", number: 7, oneofIndex: 0 },
        ],
        { oneofDecl: [{ name: "message_request" }] },
      ),
      message("ExtensionRequest", [
        { name: "containing_type", type: "STRING" },
        { name: "extension_number", type: "INT32" },
      ]),
      message(
        "ServerReflectionResponse",
        [
          { name: "valid_host", type: "STRING", number: 1 },
          { ...one("original_request", "ServerReflectionRequest"), number: 2 },
          { ...one("file_descriptor_response", "FileDescriptorResponse"), number: 4, oneofIndex: 0 },
          { ...one("all_extension_numbers_response", "ExtensionNumberResponse"), number: 5, oneofIndex: 0 },
          { ...one("list_services_response", "ListServiceResponse"), number: 6, oneofIndex: 0 },
          { ...one("error_response", "ErrorResponse"), number: 7, oneofIndex: 0 },
        ],
        { oneofDecl: [{ name: "message_response" }] },
      ),
      message("FileDescriptorResponse", [{ name: "file_descriptor_proto", type: "BYTES", repeated: true }]),
      message("ExtensionNumberResponse", [
        { name: "base_type_name", type: "STRING" },
        { name: "extension_number", type: "INT32", repeated: true },
      ]),
      message("ListServiceResponse", [{ ...one("service", "ServiceResponse"), repeated: true }]),
      message("ServiceResponse", [{ name: "name", type: "STRING" }]),
      message("ErrorResponse", [
        { name: "error_code", type: "INT32" },
        { name: "error_message", type: "STRING" },
      ]),
    ],
    service: [
      {
        name: "ServerReflection",
        method: [
          {
            name: "ServerReflectionInfo",
            inputType: of("ServerReflectionRequest"),
            outputType: of("ServerReflectionResponse"),
            clientStreaming: true,
            serverStreaming: true,
          },
        ],
      },
    ],
  });
}

/** The reflection service as grpc-js wants it. */
export function reflectionService(version: ReflectionVersion): ServiceDefinition {
  const set = create(FileDescriptorSetSchema, { file: [reflectionFile(version)] });
  const loaded = loadFileDescriptorSetFromBuffer(Buffer.from(toBinary(FileDescriptorSetSchema, set)), {
    oneofs: true,
  });
  return loaded[reflectionServiceName(version)] as ServiceDefinition;
}
