/** The names of elements and attributes that matter, without prefix. A name's number is its place here. */
const NAMES = [
  "",
  "model",
  "resources",
  "object",
  "mesh",
  "vertices",
  "vertex",
  "triangles",
  "triangle",
  "components",
  "component",
  "build",
  "item",
  "Relationship",
  "unit",
  "requiredextensions",
  "id",
  "x",
  "y",
  "z",
  "v1",
  "v2",
  "v3",
  "objectid",
  "path",
  "transform",
  "Type",
  "Target",
] as const;

export type XmlName = (typeof NAMES)[number];

const COLON = 0x3a;
const SLOTS = 256;
const encoded = NAMES.map((name) => Buffer.from(name, "latin1"));
const slots = new Uint8Array(SLOTS);
encoded.forEach((bytes, id) => {
  let slot = hash(bytes, 0, bytes.length) & (SLOTS - 1);
  while (slots[slot] !== 0) slot = (slot + 1) & (SLOTS - 1);
  slots[slot] = id;
});

/** The number of a name that matters. */
export function nameId(name: XmlName): number {
  return NAMES.indexOf(name);
}

/** The number of the name in the bytes, its prefix left out; 0 for one that does not matter. */
export function findName(bytes: Uint8Array, from: number, to: number): number {
  let start = from;
  for (let at = from; at < to; at++) if (bytes[at] === COLON) start = at + 1;
  let slot = hash(bytes, start, to) & (SLOTS - 1);
  for (;;) {
    const id = slots[slot]!;
    if (id === 0) return 0;
    if (equals(encoded[id]!, bytes, start, to)) return id;
    slot = (slot + 1) & (SLOTS - 1);
  }
}

/** FNV-1a. */
export function hash(bytes: Uint8Array, from: number, to: number): number {
  let h = 0x811c9dc5;
  for (let at = from; at < to; at++) h = Math.imul(h ^ bytes[at]!, 0x01000193);
  return h ^ (h >>> 15);
}

function equals(name: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (name.length !== to - from) return false;
  for (let at = 0; at < name.length; at++) if (name[at] !== bytes[from + at]) return false;
  return true;
}
