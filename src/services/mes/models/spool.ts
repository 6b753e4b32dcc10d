import { createHash, randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { UploadModelHeader, UploadModelRequest } from "../../../gen/alexandrite/mes/v1/mes";
import { errors } from "../domain/errors";
import { sniffBeginning, sniffBytes, sniffModel } from "../domain/sniff-model";

/** A model on this machine's disk, whole and checked; whoever got it removes it. */
export type SpooledModel = { sha256: string; sizeBytes: number; read(): Readable; remove(): Promise<void> };

export type Spool = {
  /** Writes an upload's chunks to a file while hashing and counting them. Throws INVALID_ARGUMENT for what cannot be a model; nothing is left then. */
  receive(header: UploadModelHeader, chunks: AsyncIterable<UploadModelRequest>): Promise<SpooledModel>;
};

/**
 * A private folder for uploads under way. An upload is only stored when it is whole: the object store then sees no half of one, and its key, the hash, is known before the first byte
 * is sent. A file has no name from the moment it is open, so it goes with its upload however that ends, also when the process is killed.
 */
export async function openSpool(folder: string, maxBytes: number): Promise<Spool> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return {
    async receive(header, chunks) {
      const file = await openNameless(folder);
      try {
        const { sha256, sizeBytes } = await write(file, header, chunks, maxBytes);
        return {
          sha256,
          sizeBytes,
          read: () => file.createReadStream({ start: 0, autoClose: false }),
          remove: () => file.close(),
        };
      } catch (error) {
        await file.close();
        throw error;
      }
    },
  };
}

async function openNameless(folder: string): Promise<FileHandle> {
  const path = join(folder, randomUUID());
  const file = await open(path, "wx+", 0o600);
  await rm(path);
  return file;
}

async function write(
  file: FileHandle,
  header: UploadModelHeader,
  chunks: AsyncIterable<UploadModelRequest>,
  maxBytes: number,
): Promise<{ sha256: string; sizeBytes: number }> {
  const declared = Number(header.sizeBytes);
  if (declared > maxBytes) throw errors.tooLarge({ bytes: declared, allowed: maxBytes });
  const hash = createHash("sha256");
  let sizeBytes = 0;
  let first = Buffer.alloc(0);
  for await (const { part } of chunks) {
    if (part?.$case !== "chunk") throw errors.noHeader();
    const chunk = part.value;
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) throw errors.tooLarge({ bytes: sizeBytes, allowed: maxBytes });
    if (declared > 0 && sizeBytes > declared) throw errors.sizeMismatch({ declared, received: sizeBytes });
    if (first.length < sniffBytes) {
      first = Buffer.concat([first, chunk.subarray(0, sniffBytes - first.length)]);
      // What the beginning gives away is not worth 200 MB of reading.
      if (first.length === sniffBytes) refuse(sniffBeginning(first, declared, header.format));
    }
    hash.update(chunk);
    await file.writeFile(chunk);
  }
  if (declared > 0 && declared !== sizeBytes) throw errors.sizeMismatch({ declared, received: sizeBytes });
  refuse(sniffModel(first, sizeBytes, header.format));
  const sha256 = hash.digest("hex");
  if (header.sha256 !== "" && header.sha256 !== sha256) {
    throw errors.checksumMismatch({ declared: header.sha256, received: sha256 });
  }
  return { sha256, sizeBytes };
}

function refuse(fault: Error | undefined): void {
  if (fault) throw fault;
}
