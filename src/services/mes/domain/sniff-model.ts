import { ModelFormat } from "../../../gen/alexandrite/order/v1/order";
import type { AppError } from "../../../platform/errors";
import { errors } from "./errors";

/** As much of a model's beginning as `sniffModel` looks at. */
export const sniffBytes = 1_024;

const stlHeaderBytes = 84;
const stlTriangleBytes = 50;

/**
 * What can be told from a model's first bytes and its size without reading it: that it is empty, cut off, of another format, or lies about its triangles. The rest is
 * found by the calculation. Undefined when nothing is wrong so far.
 */
export function sniffModel(first: Buffer, totalBytes: number, format: ModelFormat): AppError | undefined {
  if (totalBytes === 0) return errors.emptyModel();
  switch (format) {
    case ModelFormat.MODEL_FORMAT_3MF:
      return first.subarray(0, 4).equals(Buffer.from("PK\u0003\u0004"))
        ? undefined
        : errors.formatMismatch({ format: "3MF", why: "it does not begin like a ZIP archive" });
    case ModelFormat.MODEL_FORMAT_OBJ:
      return first.includes(0)
        ? errors.formatMismatch({ format: "OBJ", why: "it holds zero bytes, which no text has" })
        : undefined;
    case ModelFormat.MODEL_FORMAT_STL:
      return sniffStl(first, totalBytes);
    case ModelFormat.MODEL_FORMAT_UNSPECIFIED:
      return errors.formatMismatch({ format: "model", why: "its format was not said" });
  }
}

/** A binary STL may begin with `solid`, so its size decides; the text form has `facet` or its end soon after the name. */
function sniffStl(first: Buffer, totalBytes: number): AppError | undefined {
  const announced = first.length >= stlHeaderBytes ? first.readUInt32LE(80) : 0;
  const wanted = stlHeaderBytes + stlTriangleBytes * announced;
  if (totalBytes >= stlHeaderBytes && totalBytes === wanted)
    return announced === 0 ? errors.emptyModel() : undefined;
  const head = first.toString("latin1").trimStart().toLowerCase();
  if (head.startsWith("solid") && !first.includes(0)) {
    if (head.includes("facet")) return undefined;
    return head.includes("endsolid") ? errors.emptyModel() : undefined;
  }
  if (totalBytes < stlHeaderBytes) {
    return errors.truncated({ bytes: totalBytes, wanted: `at least ${stlHeaderBytes}` });
  }
  return errors.triangleCountMismatch({ announced, wanted, bytes: totalBytes });
}
