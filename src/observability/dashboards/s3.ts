import { highest, orNone, quantile, rate, ratio, total } from "./expressions";
import { dashboard, latency, lines, number, row, tail } from "./panels";

const operations = rate("s3_client_operation_duration_seconds_count", ["operation"]);
const failed = rate(
  "s3_client_operation_duration_seconds_count",
  ["operation"],
  'code!~"ok|cancelled|not_found"',
);

export const s3 = dashboard(
  "s3",
  "Object store",
  "How large is the store of models, and do calls to it succeed in time?",
  [
    row("The store", [
      number("Size", "bytes", "Bytes of all objects, by bucket.", {
        "{{bucket}}": highest("s3_bucket_size_bytes", ["bucket"]),
      }),
      number("Objects", "short", "By bucket.", { "{{bucket}}": highest("s3_bucket_objects", ["bucket"]) }),
      lines("Size over time", "bytes", "Bytes of all objects, by bucket.", {
        "{{bucket}}": highest("s3_bucket_size_bytes", ["bucket"]),
      }),
      lines("Objects over time", "short", "By bucket.", {
        "{{bucket}}": highest("s3_bucket_objects", ["bucket"]),
      }),
    ]),
    row("Calls", [
      lines("Calls by operation", "reqps", "Operations that ended.", { "{{operation}}": operations }),
      latency(
        "Latency of calls",
        "Of a get and a put up to the body's end; the points lead to their traces.",
        (q) => quantile(q, "s3_client_operation_duration_seconds"),
      ),
      tail("Latency by operation, 99 of 100", "99 of 100 operations were faster.", {
        "{{operation}}": quantile(0.99, "s3_client_operation_duration_seconds", ["operation"]),
      }),
      lines(
        "Error ratio",
        "percentunit",
        "Share of operations that failed; a reader that left and an object that is not there are no failures.",
        {
          "{{operation}}": ratio(failed, operations),
        },
      ),
      lines("Failures by code", "reqps", "What came instead of ok.", {
        "{{service}} {{operation}} {{code}}": orNone(
          "code",
          rate("s3_client_operation_duration_seconds_count", ["service", "operation", "code"], 'code!="ok"'),
        ),
      }),
      lines("Operations in flight", "short", "Objects being read included.", {
        "{{service}} {{operation}}": total("s3_client_in_flight", ["service", "operation"]),
      }),
      lines(
        "Data",
        "Bps",
        "Bytes of objects that were put, and that were read.",
        {
          put: rate("s3_client_sent_bytes_total"),
          read: rate("s3_client_received_bytes_total"),
        },
        { width: 12 },
      ),
    ]),
  ],
);
