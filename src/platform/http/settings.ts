import { integer, port, text, variable, type ConfigOf } from "../config";

/** The HTTP server's environment. A service with another port of its own overrides `port`. */
export const httpServerConfig = {
  host: variable("HTTP_HOST", text, {
    default: "127.0.0.1",
    description: "the address that the HTTP server listens on",
  }),
  port: variable("HTTP_PORT", port, {
    default: 8080,
    description: "the HTTP server's port; 0 takes any free one",
  }),
  maxBodyBytes: variable("HTTP_MAX_BODY_BYTES", integer(1_024), {
    default: 1_048_576,
    description: "the largest request body in bytes; routes that stream set their own bodyLimit",
  }),
  deadlineMs: variable("HTTP_DEADLINE_MS", integer(0), {
    default: 30_000,
    description:
      "how long a request may take, in milliseconds; 0 for ever; a route's config.deadlineMs overrides it",
  }),
  drainMs: variable("HTTP_DRAIN_MS", integer(0), {
    default: 10_000,
    description: "how long open requests may finish when the server stops, in milliseconds",
  }),
};

export type HttpServerConfig = ConfigOf<typeof httpServerConfig>;
