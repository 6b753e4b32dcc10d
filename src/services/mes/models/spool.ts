import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import type { UploadModelHeader, UploadModelRequest } from "../../../gen/alexandrite/mes/v1/mes";
import { errors } from "../domain/errors";
import { sniffBytes, sniffModel } from "../domain/sniff-model";

/** A model on this machine's disk, whole and checked; whoever got it removes it. */
export type SpooledModel = { sha256: string; sizeBytes: number; read(): Readable; remove(): Promise<void> };

export type Spool = {
  /** Writes an upload's chunks to a file while hashing and counting them. Throws INVALID_ARGUMENT for what cannot be a model; nothing is left then. */
  receive(header: UploadModelHeader, chunks: AsyncIterable<UploadModelRequest>): Promise<SpooledModel>;
  close(): Promise<void>;
};

/**
 * A private folder for uploads under way. An upload is only stored when it is whole: the object store then sees no half of one, and its key, the hash, is known before the first byte
 * is sent. The folder goes with the process; what a killed one left goes at the next start.
 */
export async function openSpool(folder: string, maxBytes: number): Promise<Spool> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return {
    async receive(header, chunks) {
      const path = join(folder, randomUUID());
      const remove = (): Promise<void> => rm(path, { force: true });
      try {
        const { sha256, sizeBytes } = await write(path, header, chunks, maxBytes);
        return { sha256, sizeBytes, read: () => createReadStream(path), remove };
      } catch (error) {
        await remove();
        throw error;
      }
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

async function write(
  path: string,
  header: UploadModelHeader,
  chunks: AsyncIterable<UploadModelRequest>,
  maxBytes: number,
): Promise<{ sha256: string; sizeBytes: number }> {
  const declared = Number(header.sizeBytes);
  if (declared > maxBytes) throw errors.tooLarge({ bytes: declared, allowed: maxBytes });
  const hash = createHash("sha256");
  const file = await open(path, "wx", 0o600);
  let sizeBytes = 0;
  let first = Buffer.alloc(0);
  try {
    for await (const { part } of chunks) {
      if (part?.$case !== "chunk") throw errors.noHeader();
      const chunk = part.value;
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw errors.tooLarge({ bytes: sizeBytes, allowed: maxBytes });
      if (first.length < sniffBytes)
        first = Buffer.concat([first, chunk.subarray(0, sniffBytes - first.length)]);
      hash.update(chunk);
      await file.writeFile(chunk);
    }
  } finally {
    await file.close();
  }
  if (declared > 0 && declared !== sizeBytes) throw errors.sizeMismatch({ declared, received: sizeBytes });
  const fault = sniffModel(first, sizeBytes, header.format);
  if (fault) throw fault;
  const sha256 = hash.digest("hex");
  if (header.sha256 !== "" && header.sha256 !== sha256) {
    throw errors.checksumMismatch({ declared: header.sha256, received: sha256 });
  }
  return { sha256, sizeBytes };
}
