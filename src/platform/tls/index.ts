export { tlsMetrics } from "./metrics";
export { readTlsFiles, type TlsFiles, type TlsMaterial } from "./tls-files";
export { watchTlsFiles, type WatchedTls } from "./watch-files";
