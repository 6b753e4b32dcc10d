import {
  createFileRegistry,
  type FileRegistry,
  fromBinary,
  fromJson,
  type JsonValue,
} from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_duration,
} from "@bufbuild/protobuf/wkt";
import { message } from "./descriptor-json";
import { reflectionFile, reflectionVersions } from "./reflection-contract";

/** The parts of google/rpc/error_details.proto that our answers carry. */
const errorDetails: JsonValue = {
  name: "google/rpc/error_details.proto",
  package: "google.rpc",
  syntax: "proto3",
  dependency: ["google/protobuf/duration.proto"],
  messageType: [
    message(
      "ErrorInfo",
      [
        { name: "reason", type: "STRING" },
        { name: "domain", type: "STRING" },
        {
          name: "metadata",
          type: "MESSAGE",
          typeName: ".google.rpc.ErrorInfo.MetadataEntry",
          repeated: true,
        },
      ],
      {
        nestedType: [
          message(
            "MetadataEntry",
            [
              { name: "key", type: "STRING" },
              { name: "value", type: "STRING" },
            ],
            { options: { mapEntry: true } },
          ),
        ],
      },
    ),
    message("RetryInfo", [{ name: "retry_delay", type: "MESSAGE", typeName: ".google.protobuf.Duration" }]),
    message(
      "BadRequest",
      [
        {
          name: "field_violations",
          type: "MESSAGE",
          typeName: ".google.rpc.BadRequest.FieldViolation",
          repeated: true,
        },
      ],
      {
        nestedType: [
          message("FieldViolation", [
            { name: "field", type: "STRING" },
            { name: "description", type: "STRING" },
          ]),
        ],
      },
    ),
  ],
};

const healthStatuses = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

/** grpc/health/v1/health.proto; the copy that proto-loader makes of it cannot be read by others, for its type names are relative. */
const health: JsonValue = {
  name: "grpc/health/v1/health.proto",
  package: "grpc.health.v1",
  syntax: "proto3",
  messageType: [
    message("HealthCheckRequest", [{ name: "service", type: "STRING" }]),
    message(
      "HealthCheckResponse",
      [{ name: "status", type: "ENUM", typeName: ".grpc.health.v1.HealthCheckResponse.ServingStatus" }],
      {
        enumType: [
          { name: "ServingStatus", value: healthStatuses.map((name, number) => ({ name, number })) },
        ],
      },
    ),
  ],
  service: [
    {
      name: "Health",
      method: ["Check", "Watch"].map((name) => ({
        name,
        inputType: ".grpc.health.v1.HealthCheckRequest",
        outputType: ".grpc.health.v1.HealthCheckResponse",
        serverStreaming: name === "Watch",
      })),
    },
  ],
};

/**
 * What reflection knows beside the server's own descriptors: the health service, itself, and the details of errors, so that tools such as grpcurl can call and
 * print them.
 */
export function openReflected(descriptors: Uint8Array): FileRegistry {
  const set = fromBinary(FileDescriptorSetSchema, descriptors);
  const extra: FileDescriptorProto[] = [
    file_google_protobuf_duration.proto,
    fromJson(FileDescriptorProtoSchema, errorDetails),
    fromJson(FileDescriptorProtoSchema, health),
    ...reflectionVersions.map(reflectionFile),
  ];
  const known = new Set(set.file.map(({ name }) => name));
  set.file.push(...extra.filter(({ name }) => !known.has(name)));
  return createFileRegistry(set);
}
