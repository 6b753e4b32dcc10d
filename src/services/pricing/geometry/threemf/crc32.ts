/** Four tables, so that four bytes are taken at a time. */
const TABLES = makeTables();

function makeTables(): [Int32Array, Int32Array, Int32Array, Int32Array] {
  const [t0, t1, t2, t3] = [
    new Int32Array(256),
    new Int32Array(256),
    new Int32Array(256),
    new Int32Array(256),
  ];
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    t0[n] = c;
  }
  for (let n = 0; n < 256; n++) {
    t1[n] = (t0[n]! >>> 8) ^ t0[t0[n]! & 255]!;
    t2[n] = (t1[n]! >>> 8) ^ t0[t1[n]! & 255]!;
    t3[n] = (t2[n]! >>> 8) ^ t0[t2[n]! & 255]!;
  }
  return [t0, t1, t2, t3];
}

/** The CRC-32 of zip over several pieces: start with 0, give the result of one piece to the next. */
export function crc32(previous: number, bytes: Uint8Array): number {
  const [t0, t1, t2, t3] = TABLES;
  const { length } = bytes;
  let crc = ~previous;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc = t3[crc & 255]! ^ t2[(crc >>> 8) & 255]! ^ t1[(crc >>> 16) & 255]! ^ t0[crc >>> 24]!;
  }
  for (; at < length; at++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]!) & 255]!;
  return ~crc >>> 0;
}
