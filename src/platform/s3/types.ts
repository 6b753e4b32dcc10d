import type { Readable } from "node:stream";

export type StoredObject = { key: string; length: number; modifiedAt: Date };

export type ObjectStore = {
  readonly bucket: string;
  /**
   * Streams `body`; `length` must be its exact size in bytes. `sha256` (hex) is kept as metadata and given back by `head`.
   * Not repeated after a failure: the stream has been read. A failed or aborted put leaves no object.
   */
  put(
    key: string,
    body: Readable | AsyncIterable<Uint8Array> | Uint8Array,
    options: PutOptions,
  ): Promise<void>;
  /** The caller must read `body` to its end or leave its loop: that releases the connection. AppError not_found. */
  get(key: string): Promise<{ body: AsyncIterable<Buffer>; length: number }>;
  /** AppError not_found. */
  head(key: string): Promise<{ length: number; modifiedAt: Date; sha256?: string }>;
  /** A key that does not exist is deleted already. */
  delete(key: string): Promise<void>;
  list(prefix: string): AsyncIterable<StoredObject>;
  /** Creates the bucket unless it is there. */
  ensureBucket(): Promise<void>;
  close(): Promise<void>;
};

export type PutOptions = { length: number; sha256?: string; contentType?: string };
