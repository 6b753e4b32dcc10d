import type { ModelFormat } from "./geometry";
import { DEFAULT_LIMITS } from "./limits";
import { ModelError } from "./model-error";
import { checkBinaryStlSize, STL_HEADER_BYTES, STL_TRIANGLE_BYTES } from "./stl-binary";

/** How many bytes of a file's beginning tell as much as can be told cheaply. */
export const SNIFF_BYTES = 1024;

const ZIP_END_BYTES = 22;
const NAMES: Readonly<Record<ModelFormat, string>> = { stl: "an STL", obj: "an OBJ", "3mf": "a 3MF" };

/**
 * What is wrong with a file as far as its first bytes (up to SNIFF_BYTES of them) and its size tell: empty, over the
 * limit, truncated, a lying triangle count, another format. `undefined` is no promise that it can be measured.
 */
export function sniffModel(
  firstBytes: Uint8Array,
  totalBytes: number,
  format: ModelFormat,
  maxBytes = DEFAULT_LIMITS.maxBytes,
): ModelError | undefined {
  if (totalBytes === 0) return new ModelError("EMPTY_MODEL", "the file is empty: 0 bytes");
  if (totalBytes > maxBytes) {
    return new ModelError("TOO_LARGE", `the file has ${totalBytes} bytes, the limit is ${maxBytes}`);
  }
  const found = recognize(firstBytes, totalBytes);
  if (found === "zip" && format === "3mf") {
    return totalBytes >= ZIP_END_BYTES
      ? undefined
      : new ModelError("TRUNCATED", `the archive has ${totalBytes} bytes, the smallest has ${ZIP_END_BYTES}`);
  }
  if (format === "stl" && found === "binary") return checkBinary(firstBytes, totalBytes);
  if (found === "zip" || found === "binary" || format === "3mf") return mismatch(format, found);
  if (found !== "text" && found !== format) return mismatch(format, found);
  // Text without a word of STL: nothing of it can be read as one.
  if (format === "stl" && found === "text") return mismatch(format, found);
  return undefined;
}

/** Whether an STL is ASCII. The size decides where it is known: a binary file may start with `solid`. */
export function isAsciiStl(firstBytes: Uint8Array, totalBytes: number | undefined): boolean {
  return recognize(firstBytes, totalBytes) === "stl";
}

type Recognized = "zip" | "binary" | "stl" | "obj" | "text";

function recognize(bytes: Uint8Array, totalBytes: number | undefined): Recognized {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2]! < 8 && bytes[3]! < 9) return "zip";
  if (bytes.length >= STL_HEADER_BYTES && totalBytes !== undefined) {
    if (STL_HEADER_BYTES + STL_TRIANGLE_BYTES * declaredTriangles(bytes) === totalBytes) return "binary";
  }
  if (!isText(bytes)) return "binary";
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, SNIFF_BYTES)).toString(
    "latin1",
  );
  if (/^\s*solid\b/i.test(text)) return "stl";
  if (/^[ \t]*(v[nt]?|f|mtllib|usemtl|o|g|s)[ \t]/m.test(text)) return "obj";
  return "text";
}

/** Control characters other than white space do not occur in text models; bytes above 0x7f do, in names. */
function isText(bytes: Uint8Array): boolean {
  const length = Math.min(bytes.length, SNIFF_BYTES);
  for (let at = 0; at < length; at++) {
    const byte = bytes[at]!;
    if (byte === 0x7f || (byte < 0x20 && (byte < 0x09 || byte > 0x0d))) return false;
  }
  return true;
}

function checkBinary(bytes: Uint8Array, totalBytes: number): ModelError | undefined {
  if (totalBytes < STL_HEADER_BYTES || bytes.length < STL_HEADER_BYTES) {
    return totalBytes > bytes.length
      ? undefined
      : new ModelError(
          "TRUNCATED",
          `the STL has ${totalBytes} bytes, a binary one at least ${STL_HEADER_BYTES}`,
        );
  }
  try {
    checkBinaryStlSize(declaredTriangles(bytes), totalBytes);
    return undefined;
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
}

function declaredTriangles(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(80, true);
}

function mismatch(format: ModelFormat, found: Recognized): ModelError {
  const looks: Record<Recognized, string> = {
    zip: "an archive, as 3MF is",
    binary: "binary, and no archive",
    stl: "an ASCII STL",
    obj: "an OBJ",
    text: "some other text",
  };
  return new ModelError(
    "FORMAT_MISMATCH",
    `the file is declared as ${NAMES[format]} and looks like ${looks[found]}`,
  );
}
