import type { ObjectStore } from "../../../platform/s3";
import type { Metrics } from "../../../platform/telemetry";
import type { Collector } from "../collectors";
import { s3Metrics } from "./metrics";

/** How much a bucket holds. S3 knows no other way than its whole list, so it is asked once a minute. */
export function s3Collector(metrics: Metrics, store: Pick<ObjectStore, "bucket" | "list">): Collector {
  const { bucket } = store;
  return {
    name: "s3",
    everyMs: 60_000,
    async look() {
      let bytes = 0;
      let objects = 0;
      for await (const { length } of store.list("")) {
        bytes += length;
        objects += 1;
      }
      metrics.gauge(s3Metrics.size).set({ bucket }, bytes);
      metrics.gauge(s3Metrics.objects).set({ bucket }, objects);
    },
  };
}
