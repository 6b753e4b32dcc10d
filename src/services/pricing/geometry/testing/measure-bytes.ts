import { measureModel, ModelError, type Geometry, type MeasureOptions } from "..";

/** The bytes in chunks of `size`, as a stream gives them. */
export async function* inChunks(bytes: Uint8Array, size = 4093): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Measures bytes whose length is declared; text may be given as a string. */
export function measureBytes(content: Uint8Array | string, options: MeasureOptions): Promise<Geometry> {
  const bytes = bytesOf(content);
  return measureModel(inChunks(bytes), { byteLength: bytes.length, ...options });
}

export function bytesOf(content: Uint8Array | string): Uint8Array {
  return typeof content === "string" ? Buffer.from(content, "utf8") : content;
}

/** The reason and message with which measuring fails. Anything but a ModelError is thrown on. */
export async function reasonOf(
  content: Uint8Array | string,
  options: MeasureOptions,
): Promise<{ reason: string; message: string }> {
  try {
    await measureBytes(content, options);
  } catch (error) {
    if (error instanceof ModelError) return { reason: error.reason, message: error.message };
    throw error;
  }
  return { reason: "NONE", message: "it was measured" };
}
