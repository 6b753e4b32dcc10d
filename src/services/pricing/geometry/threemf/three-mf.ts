import type { ModelParser, ParsedModel, ParserContext } from "../parser";
import { ModelError } from "../model-error";
import { Archive, partName } from "./archive";
import { ModelPart } from "./model-part";
import { flattenScene } from "./scene";
import { nameId } from "./xml-names";
import { XmlScanner, type XmlHandler } from "./xml-scanner";

const DEFAULT_ROOT = "3D/3dmodel.model";
const RELATIONSHIPS = "_rels/.rels";
const MODEL_RELATIONSHIP = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel";
const FIRST_CAPACITY = 64 * 1024;

/**
 * 3MF: core specification, with the production extension's references to other parts. The file is kept whole,
 * because a zip's directory is at its end; its parts are unpacked and read as streams.
 */
export class ThreeMfParser implements ModelParser {
  readonly #context: ParserContext;
  #bytes: Buffer;
  #length = 0;

  constructor(context: ParserContext) {
    this.#context = context;
    this.#bytes = Buffer.allocUnsafeSlow(context.byteLength ?? FIRST_CAPACITY);
  }

  push(chunk: Uint8Array): void {
    const needed = this.#length + chunk.length;
    if (needed > this.#bytes.length) {
      const wider = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
      wider.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = wider;
    }
    this.#bytes.set(chunk, this.#length);
    this.#length = needed;
  }

  async end(): Promise<ParsedModel> {
    const { limits, budget, onWork } = this.#context;
    const archive = await Archive.open(this.#bytes.subarray(0, this.#length), limits);
    const parts = new Map<string, ModelPart>();
    const count = { references: 0 };
    const total = Math.max(1, archive.packedBytes(".model"));
    let finished = 0;

    const read = async (path: string): Promise<ModelPart> => {
      let consumed = 0;
      const unpackedBytes = archive.plausibleBytes(path);
      let unpacked = 0;
      const part = new ModelPart(path, limits, budget, count, () => Math.max(0, unpackedBytes - unpacked));
      parts.set(partName(path), part);
      await readXml(archive, path, part, (bytes, packedBytes) => {
        unpacked += bytes;
        consumed = packedBytes;
        onWork(Math.min(1, (finished + packedBytes) / total));
      });
      finished += consumed;
      return part;
    };

    const root = await read(await findRoot(archive));
    const wanted = new Set<string>();
    collectPaths(root, wanted);
    // A set that grows while it is walked: a part that is read may name further parts.
    for (const path of wanted) {
      if (!parts.has(partName(path)) && archive.has(path)) collectPaths(await read(path), wanted);
    }
    if (root.items.length === 0) throw new ModelError("EMPTY_MODEL", "the 3MF has no build item");
    const scene = flattenScene(root, (path) => parts.get(partName(path)), limits);
    return { parts: scene, unit: root.unit };
  }
}

function collectPaths(part: ModelPart, into: Set<string>): void {
  const add = ({ path }: { path: string | undefined }) => path !== undefined && into.add(path);
  part.items.forEach(add);
  for (const object of part.objects.values()) object.components.forEach(add);
}

async function readXml(
  archive: Archive,
  path: string,
  handler: XmlHandler,
  onBytes?: (bytes: number, packedBytes: number) => void,
): Promise<void> {
  const scanner = new XmlScanner(path, handler);
  await archive.read(path, (bytes, packedBytes) => {
    scanner.push(bytes);
    onBytes?.(bytes.length, packedBytes);
  });
  scanner.end();
}

/** The model part that the package points at; by convention the one that every writer uses. */
async function findRoot(archive: Archive): Promise<string> {
  let target: string | undefined;
  if (archive.has(RELATIONSHIPS)) {
    const relationship = nameId("Relationship");
    await readXml(archive, RELATIONSHIPS, {
      open(name, scanner) {
        if (name === relationship && scanner.text("Type") === MODEL_RELATIONSHIP)
          target ??= scanner.text("Target");
      },
      close() {},
    });
  }
  if (target !== undefined && archive.has(target)) return target;
  if (archive.has(DEFAULT_ROOT)) return DEFAULT_ROOT;
  throw new ModelError("FORMAT_MISMATCH", `the archive has no model part '${DEFAULT_ROOT}': it is no 3MF`);
}
