import type { ServiceHost } from "../lifecycle";
import type { S3Config } from "./config";
import type { ObjectStore } from "./types";
export { s3Config, type S3Config } from "./config";
export type { ObjectStore, PutOptions, StoredObject } from "./types";
export declare function openStore(host: ServiceHost, config: S3Config): ObjectStore;
