import { httpUrl, integer, text, variable, type ConfigOf } from "../config";

/** What `openStore` reads from the environment. */
export const s3Config = {
  endpoint: variable("S3_ENDPOINT", httpUrl, {
    default: "http://127.0.0.1:7070",
    description: "the URL of the object store",
  }),
  region: variable("S3_REGION", text, {
    default: "us-east-1",
    description: "the region to sign requests for",
  }),
  bucket: variable("S3_BUCKET", text, {
    default: "models",
    description: "the bucket that holds the objects",
  }),
  accessKeyId: variable("S3_ACCESS_KEY_ID", text, { description: "the access key of the object store" }),
  secretAccessKey: variable("S3_SECRET_ACCESS_KEY", text, {
    secret: true,
    description: "the secret that belongs to S3_ACCESS_KEY_ID",
  }),
  requestTimeoutMs: variable("S3_REQUEST_TIMEOUT_MS", integer(1), {
    default: 15_000,
    description: "how long the store may be silent in a request, in milliseconds",
  }),
};

export type S3Config = ConfigOf<typeof s3Config>;
