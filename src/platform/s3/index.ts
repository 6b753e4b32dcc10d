export { s3Config, type S3Config } from "./config";
export { openStore } from "./store";
export type { ObjectStore, PutOptions, StoredObject } from "./types";
