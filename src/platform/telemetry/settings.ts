import { oneOf, optionalAddress, optionalHttpUrl, optionalText, variable } from "../config";
import { logLevels } from "./logger";

/** The telemetry's environment; the lifecycle reads it for every service. */
export const telemetryConfig = {
  logLevel: variable("LOG_LEVEL", oneOf(...logLevels), {
    default: "info",
    description: `the least important level that is logged: ${logLevels.join(", ")}`,
  }),
  gelfAddress: variable("GELF_ADDRESS", optionalAddress, {
    default: "",
    description: "host:port of the GELF TCP server (Graylog); empty switches it off",
  }),
  otlpEndpoint: variable("OTEL_EXPORTER_OTLP_ENDPOINT", optionalHttpUrl, {
    default: "",
    description:
      "the base URL of the OTLP/HTTP collector, such as http://127.0.0.1:4318; empty exports no traces",
  }),
  otlpProtocol: variable("OTEL_EXPORTER_OTLP_PROTOCOL", oneOf("http/protobuf", "http/json"), {
    default: "http/protobuf",
    description: "how traces are encoded: http/protobuf or http/json",
  }),
  instance: variable("INSTANCE", optionalText, {
    default: "",
    description: "this process's name among its copies; service-host-pid by default",
  }),
};
