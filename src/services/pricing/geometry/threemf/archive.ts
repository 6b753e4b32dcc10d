import { fromBufferPromise, type Entry, type ZipFile } from "yauzl";
import type { ModelLimits } from "../limits";
import { ModelError } from "../model-error";
import { crc32 } from "./crc32";
import { InflateError } from "./huffman";
import { inflate } from "./inflate";

const MAX_ENTRIES = 10_000;
/** Stored parts are handed over in pieces of this size. */
const PIECE = 64 * 1024;
const RATIO_FROM_BYTES = 16 * 1024 * 1024;
const USUAL_RATIO = 12;
const STORED = 0;
const DEFLATED = 8;

/** The zip around a 3MF. Only the central directory counts; part names are without case and leading slash. */
export class Archive {
  readonly #bytes: Buffer;
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #limits: ModelLimits;
  #unzipped = 0;

  private constructor(bytes: Buffer, zip: ZipFile, entries: ReadonlyMap<string, Entry>, limits: ModelLimits) {
    this.#bytes = bytes;
    this.#zip = zip;
    this.#entries = entries;
    this.#limits = limits;
  }

  static async open(bytes: Buffer, limits: ModelLimits): Promise<Archive> {
    const entries = new Map<string, Entry>();
    try {
      const zip = await fromBufferPromise(bytes, { validateEntrySizes: false });
      if (zip.entryCount > MAX_ENTRIES) {
        throw new ModelError(
          "TOO_COMPLEX",
          `the archive has ${zip.entryCount} entries, the limit is ${MAX_ENTRIES}`,
        );
      }
      for await (const entry of zip.eachEntry()) {
        const name = partName(entry.fileName);
        if (entries.has(name)) throw new ModelError("MALFORMED", `the archive has '${name}' twice`);
        entries.set(name, entry);
      }
      return new Archive(bytes, zip, entries, limits);
    } catch (error) {
      throw zipError(error);
    }
  }

  has(part: string): boolean {
    return this.#entries.has(partName(part));
  }

  /** The unpacked size that the directory states for a part, or, if that is too good, what usual text packs to. */
  plausibleBytes(part: string): number {
    const entry = this.#entries.get(partName(part));
    return entry === undefined ? 0 : Math.min(entry.uncompressedSize, entry.compressedSize * USUAL_RATIO);
  }

  /** Packed size of the parts whose name ends so. */
  packedBytes(suffix: string): number {
    let sum = 0;
    for (const [name, entry] of this.#entries) if (name.endsWith(suffix)) sum += entry.compressedSize;
    return sum;
  }

  /**
   * Unpacks a part piece by piece. What comes out is counted against the limits whatever the directory states, and
   * at the end held against the size and the checksum there.
   */
  async read(part: string, onBytes: (bytes: Uint8Array, packedBytes: number) => void): Promise<void> {
    const entry = this.#entries.get(partName(part));
    if (entry === undefined) throw new ModelError("MALFORMED", `the archive lacks '${part}'`);
    const packed = await this.#packed(entry);
    let size = 0;
    let crc = 0;
    const take = (bytes: Uint8Array, packedBytes: number): void => {
      size += bytes.length;
      this.#count(entry, bytes.length, size);
      crc = crc32(crc, bytes);
      onBytes(bytes, packedBytes);
    };
    if (entry.compressionMethod === DEFLATED) unpack(entry, packed, take);
    else for (let at = 0; at < packed.length; at += PIECE) take(packed.subarray(at, at + PIECE), at);
    if (size !== entry.uncompressedSize || crc !== entry.crc32) {
      throw new ModelError(
        "MALFORMED",
        `'${entry.fileName}' unpacks to ${size} bytes with checksum ${crc}, the archive states ${entry.uncompressedSize} and ${entry.crc32}`,
      );
    }
  }

  async #packed(entry: Entry): Promise<Buffer> {
    if (entry.isEncrypted()) throw new ModelError("UNSUPPORTED", `'${entry.fileName}' is encrypted`);
    if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
      throw new ModelError(
        "UNSUPPORTED",
        `'${entry.fileName}' is packed with method ${entry.compressionMethod}; 3MF allows stored and deflated`,
      );
    }
    const from = await this.#zip
      .readLocalFileHeaderPromise(entry, { minimal: true })
      .catch((error: unknown) => {
        throw zipError(error);
      });
    const packed = this.#bytes.subarray(from.fileDataStart, from.fileDataStart + entry.compressedSize);
    if (packed.length === entry.compressedSize) return packed;
    throw new ModelError(
      "TRUNCATED",
      `'${entry.fileName}' is stated to have ${entry.compressedSize} bytes in the archive, which has ${packed.length} left for it`,
    );
  }

  #count(entry: Entry, added: number, size: number): void {
    const { maxUnzippedBytes, maxUnzipRatio } = this.#limits;
    this.#unzipped += added;
    if (this.#unzipped > maxUnzippedBytes) {
      throw new ModelError("ARCHIVE_TOO_LARGE", `the archive unpacks to more than ${maxUnzippedBytes} bytes`);
    }
    // Many parts may stand on the same packed bytes, so each of them being in order says nothing of them all.
    if (this.#unzipped > RATIO_FROM_BYTES && this.#unzipped > this.#bytes.length * maxUnzipRatio) {
      throw new ModelError(
        "ARCHIVE_TOO_LARGE",
        `the archive unpacks to more than ${maxUnzipRatio} times its ${this.#bytes.length} bytes`,
      );
    }
    if (size > RATIO_FROM_BYTES && size > entry.compressedSize * maxUnzipRatio) {
      throw new ModelError(
        "ARCHIVE_TOO_LARGE",
        `'${entry.fileName}' unpacks to more than ${maxUnzipRatio} times its ${entry.compressedSize} bytes`,
      );
    }
  }
}

/** Part names of packages are compared without case, and with or without the slash of the root. */
export function partName(name: string): string {
  return (name.startsWith("/") ? name.slice(1) : name).toLowerCase();
}

function unpack(
  entry: Entry,
  packed: Uint8Array,
  take: (bytes: Uint8Array, packedBytes: number) => void,
): void {
  try {
    inflate(packed, take);
  } catch (error) {
    if (!(error instanceof InflateError)) throw error;
    throw new ModelError("MALFORMED", `'${entry.fileName}' cannot be unpacked: ${error.message}`, {
      cause: error,
    });
  }
}

function zipError(error: unknown): ModelError {
  if (error instanceof ModelError) return error;
  const why = error instanceof Error ? error.message : String(error);
  // The directory is at the end of an archive, so an archive without one was cut off.
  const reason = /end of central directory/i.test(why) ? "TRUNCATED" : "MALFORMED";
  return new ModelError(reason, `the archive cannot be read: ${why}`, { cause: error });
}
