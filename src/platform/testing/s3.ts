import { randomBytes } from "node:crypto";
import { defineConfig } from "../config";
import type { ServiceHost } from "../lifecycle";
import type * as s3 from "../s3";
import { testServer } from "./servers";

/** A bucket of its own on the shared store. */
export type TestS3 = {
  /** For `openStore`, or a service's `config.s3`. */
  readonly config: s3.S3Config;
  readonly bucket: string;
  /** Opens it; `host.own` closes it. */
  open(host: ServiceHost): Promise<s3.ObjectStore>;
};

/** Makes a bucket on the store of `TEST_S3_ENDPOINT`, which jest's global set-up provides. */
export async function testS3(): Promise<TestS3> {
  // Not at the top: loading the SDK takes half a second, which most test files need not spend.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { openStore, s3Config } = require("../s3") as typeof s3;
  const config = defineConfig({ s3: s3Config })({
    S3_ENDPOINT: testServer("TEST_S3_ENDPOINT"),
    S3_ACCESS_KEY_ID: testServer("TEST_S3_ACCESS_KEY_ID"),
    S3_SECRET_ACCESS_KEY: testServer("TEST_S3_SECRET_ACCESS_KEY"),
    S3_BUCKET: `test-${randomBytes(6).toString("hex")}`,
  }).s3;
  const open = async (on: ServiceHost) => {
    const store = await on.own(openStore(on, config));
    await store.ensureBucket();
    return store;
  };
  return { config, bucket: config.bucket, open };
}
