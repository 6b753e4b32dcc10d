export { createHttpClient, type HttpClient, type HttpClientOptions, type HttpRequest } from "./client";
export { parseInput } from "./parse-input";
export { problemOf, type Problem } from "./problem";
export { sendEvents, type ServerEvent } from "./send-events";
export { createHttpServer, type HttpServer } from "./server";
export { httpServerConfig, type HttpServerConfig } from "./settings";
