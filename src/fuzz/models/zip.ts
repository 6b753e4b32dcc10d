import { crc32, deflateRawSync } from "node:zlib";

/** An entry of an archive. What is not given is the truth; what is given is written whatever it is. */
export type ZipEntry = {
  name: string | Buffer;
  content: Buffer;
  stored?: boolean;
  /** Bytes instead of the packed content. */
  packed?: Buffer;
  lies?: Partial<Record<ZipField, number>>;
  /** An entry in the directory that has no bytes of its own, but those of the first. */
  overlaps?: boolean;
  extra?: Buffer;
};

export const zipFields = [
  "method",
  "flags",
  "crc",
  "packedSize",
  "size",
  "nameLength",
  "extraLength",
  "offset",
  "localSignature",
] as const;
export type ZipField = (typeof zipFields)[number];

export const zipEndFields = ["disk", "entries", "directorySize", "directoryOffset", "commentLength"] as const;
export type ZipEndField = (typeof zipEndFields)[number];

export type ZipLies = {
  end?: Partial<Record<ZipEndField, number>>;
  before?: Buffer;
  after?: Buffer;
  zip64?: boolean;
};

/** An archive, byte by byte, so that anything in it can be a lie. */
export function zipOf(
  entries: readonly ZipEntry[],
  { end = {}, before, after, zip64 }: ZipLies = {},
): Buffer {
  const pieces: Buffer[] = before ? [before] : [];
  const directory: Buffer[] = [];
  let offset = before?.length ?? 0;
  const first = offset;
  for (const {
    name,
    content,
    stored = false,
    lies = {},
    overlaps = false,
    extra = Buffer.alloc(0),
    ...entry
  } of entries) {
    const nameBytes = Buffer.from(name);
    const packed = entry.packed ?? (stored ? content : deflateRawSync(content));
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE((lies.flags ?? 0) & 0xffff, 2);
    common.writeUInt16LE((lies.method ?? (stored ? 0 : 8)) & 0xffff, 4);
    common.writeUInt32LE((lies.crc ?? crc32(content)) >>> 0, 10);
    common.writeUInt32LE((lies.packedSize ?? packed.length) >>> 0, 14);
    common.writeUInt32LE((lies.size ?? content.length) >>> 0, 18);
    common.writeUInt16LE((lies.nameLength ?? nameBytes.length) & 0xffff, 22);
    common.writeUInt16LE((lies.extraLength ?? extra.length) & 0xffff, 24);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE((lies.offset ?? (overlaps ? first : offset)) >>> 0, 10);
    directory.push(Buffer.from("PK\x01\x02\x14\x00", "latin1"), common, rest, nameBytes, extra);
    if (overlaps) continue;
    const signature = Buffer.alloc(4);
    signature.writeUInt32LE((lies.localSignature ?? 0x04034b50) >>> 0);
    const local = Buffer.concat([signature, common, nameBytes, extra, packed]);
    pieces.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  pieces.push(central);
  if (zip64) pieces.push(zip64End(entries.length, central.length, offset, offset + central.length));
  const last = Buffer.alloc(22);
  last.writeUInt32LE(0x06054b50);
  last.writeUInt16LE((end.disk ?? 0) & 0xffff, 4);
  last.writeUInt16LE((zip64 ? 0xffff : (end.entries ?? entries.length)) & 0xffff, 8);
  last.writeUInt16LE((zip64 ? 0xffff : (end.entries ?? entries.length)) & 0xffff, 10);
  last.writeUInt32LE((end.directorySize ?? central.length) >>> 0, 12);
  last.writeUInt32LE((zip64 ? 0xffffffff : (end.directoryOffset ?? offset)) >>> 0, 16);
  last.writeUInt16LE((end.commentLength ?? 0) & 0xffff, 20);
  return Buffer.concat([...pieces, last, ...(after ? [after] : [])]);
}

function zip64End(entries: number, size: number, offset: number, at: number): Buffer {
  const record = Buffer.alloc(56 + 20);
  record.writeUInt32LE(0x06064b50);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(entries), 24);
  record.writeBigUInt64LE(BigInt(entries), 32);
  record.writeBigUInt64LE(BigInt(size), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  record.writeUInt32LE(0x07064b50, 56);
  record.writeBigUInt64LE(BigInt(at), 64);
  record.writeUInt32LE(1, 72);
  return record;
}
