import { ModelFormat } from "../../../gen/alexandrite/order/v1/order";
import type { AppError } from "../../../platform/errors";
import { errors } from "./errors";

/** As much of a model's beginning as is looked at. */
export const sniffBytes = 1_024;

const stlHeaderBytes = 84;
const stlTriangleBytes = 50;
const zipSignature = Buffer.from("PK\u0003\u0004");

/**
 * What can be told from a model's first bytes and its size without reading it: that it is empty, cut off, of another format, or lies about its triangles. The rest is
 * found by the calculation. Undefined when nothing is wrong so far.
 */
export function sniffModel(first: Buffer, totalBytes: number, format: ModelFormat): AppError | undefined {
  if (totalBytes === 0) return errors.emptyModel();
  switch (format) {
    case ModelFormat.MODEL_FORMAT_3MF:
      return isArchive(first)
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

/** The same while the rest is still to come. An STL is judged by its size, so only when that was declared; `declaredBytes` is 0 otherwise. */
export function sniffBeginning(
  first: Buffer,
  declaredBytes: number,
  format: ModelFormat,
): AppError | undefined {
  if (format === ModelFormat.MODEL_FORMAT_STL && declaredBytes === 0) return undefined;
  return sniffModel(first, declaredBytes || first.length, format);
}

/** A binary STL may begin with `solid`, so its size decides; the text form has `facet` or its end soon after the name. */
function sniffStl(first: Buffer, totalBytes: number): AppError | undefined {
  const announced = first.length >= stlHeaderBytes ? first.readUInt32LE(80) : 0;
  const wanted = stlHeaderBytes + stlTriangleBytes * announced;
  if (totalBytes >= stlHeaderBytes && totalBytes === wanted)
    return announced === 0 ? errors.emptyModel() : undefined;
  if (isArchive(first)) return errors.formatMismatch({ format: "STL", why: "it is an archive, as 3MF is" });
  if (isText(first)) {
    const head = first.toString("latin1").trimStart().toLowerCase();
    if (!head.startsWith("solid"))
      return errors.formatMismatch({ format: "STL", why: "it is a text that does not begin with `solid`" });
    return !head.includes("facet") && head.includes("endsolid") ? errors.emptyModel() : undefined;
  }
  if (totalBytes < stlHeaderBytes) {
    return errors.truncated({ bytes: totalBytes, wanted: `at least ${stlHeaderBytes}` });
  }
  // Cut anywhere but between two triangles it cannot ever have been whole; cut there, it looks like a lying count.
  if (totalBytes < wanted && (totalBytes - stlHeaderBytes) % stlTriangleBytes !== 0) {
    return errors.truncated({ bytes: totalBytes, wanted: `${wanted} for ${announced} triangles` });
  }
  return errors.triangleCountMismatch({ announced, wanted, bytes: totalBytes });
}

function isArchive(first: Buffer): boolean {
  return first.subarray(0, zipSignature.length).equals(zipSignature);
}

/** Control characters other than white space do not occur in text models; bytes above 0x7f do, in names. */
function isText(first: Buffer): boolean {
  return first.every((byte) => (byte >= 0x20 && byte !== 0x7f) || (byte >= 0x09 && byte <= 0x0d));
}
