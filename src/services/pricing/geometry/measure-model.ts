import { MemoryBudget } from "./budget";
import { MM_PER_UNIT, type Extents, type Geometry, type LengthUnit, type ModelFormat } from "./geometry";
import { DEFAULT_LIMITS, type ModelLimits } from "./limits";
import { measureParts } from "./measure-parts";
import { ModelError } from "./model-error";
import { ObjParser } from "./obj";
import type { ModelParser, ParserContext } from "./parser";
import { isAsciiStl, sniffModel, SNIFF_BYTES } from "./sniff-model";
import { AsciiStlParser } from "./stl-ascii";
import { BinaryStlParser } from "./stl-binary";
import { ThreeMfParser } from "./threemf";

export type MeasureOptions = {
  format: ModelFormat;
  /** Of STL and OBJ, which carry none; millimetres by default. A 3MF's own unit wins. */
  unit?: LengthUnit;
  /** The file's size, when known: it is checked, and saves memory. */
  byteLength?: number;
  limits?: Partial<ModelLimits>;
  /** 0 to 1, never falling. While the file is read it needs `byteLength`; without it the first report comes after. */
  onProgress?: (fraction: number) => void;
  signal?: AbortSignal;
};

/** Shares of the whole work, measured on 327,680 triangles: reading, what `end` does, and the rest. */
const SHARES: Readonly<Record<ModelFormat, { read: number; end: number }>> = {
  stl: { read: 0.7, end: 0.7 },
  obj: { read: 0.75, end: 0.75 },
  "3mf": { read: 0.05, end: 0.85 },
};

/**
 * Measures a model in one pass over its bytes. Rejects with a ModelError where the file is at fault, with the
 * signal's reason when aborted, and with the source's error when that fails. CPU-bound: it holds up the event loop
 * between chunks, and for as long as a 3MF is unpacked, so it belongs into a process of its own.
 */
export async function measureModel(
  source: AsyncIterable<Uint8Array>,
  options: MeasureOptions,
): Promise<Geometry> {
  const { format, byteLength, signal } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  if (byteLength !== undefined && byteLength > limits.maxBytes) throw tooLarge(byteLength, limits);
  const share = SHARES[format];
  const report = progressReporter(options.onProgress, signal);
  const parser = new LateParser(format, {
    byteLength,
    limits,
    // A 3MF is kept whole while it is read: that is one of the four.
    budget: new MemoryBudget(
      (byteLength ?? limits.maxBytes) * (format === "3mf" ? 3 : 4) + limits.memoryAllowance,
    ),
    onWork: (fraction) => report(share.read + (share.end - share.read) * fraction),
  });

  let bytes = 0;
  for await (const chunk of source) {
    signal?.throwIfAborted();
    bytes += chunk.length;
    if (bytes > limits.maxBytes) throw tooLarge(bytes, limits);
    if (byteLength !== undefined && bytes > byteLength) {
      throw new ModelError("SIZE_MISMATCH", `the file was declared to have ${byteLength} bytes, more came`);
    }
    parser.push(chunk);
    if (byteLength) report((share.read * bytes) / byteLength);
  }
  if (byteLength !== undefined && bytes < byteLength) {
    throw new ModelError("TRUNCATED", `the file was declared to have ${byteLength} bytes, ${bytes} came`);
  }
  const model = await parser.end(bytes);
  const measured = measureParts(model.parts, parser.budget, limits, (fraction) =>
    report(share.end + (1 - share.end) * fraction),
  );
  report(1);

  const unit = model.unit ?? options.unit ?? "millimeter";
  return { format, unit, ...measured, ...inMillimetres(measured, MM_PER_UNIT[unit]) };
}

function inMillimetres(
  { volume, area, extents }: Pick<Geometry, "volume" | "area" | "extents">,
  scale: number,
): Pick<Geometry, "volumeMm3" | "areaMm2" | "extentsMm"> {
  const volumeMm3 = volume * scale ** 3;
  const areaMm2 = area * scale ** 2;
  const extentsMm = extents.map((extent) => extent * scale) as unknown as Extents;
  if (![...extents, volumeMm3, areaMm2, ...extentsMm].every(Number.isFinite)) {
    throw new ModelError(
      "NOT_FINITE",
      "the model's coordinates are so large that its extents, or its figures in millimetres, are not finite",
    );
  }
  return { volumeMm3, areaMm2, extentsMm };
}

/** Chooses the parser once enough bytes came to tell an ASCII STL from a binary one. */
class LateParser {
  readonly budget: MemoryBudget;
  readonly #format: ModelFormat;
  readonly #context: ParserContext;
  #parser: ModelParser | undefined;
  #first = new Uint8Array(0);

  constructor(format: ModelFormat, context: ParserContext) {
    this.budget = context.budget;
    this.#format = format;
    this.#context = context;
  }

  push(chunk: Uint8Array): void {
    if (this.#parser !== undefined) {
      this.#parser.push(chunk);
      return;
    }
    this.#first = this.#first.length === 0 ? chunk.slice() : Buffer.concat([this.#first, chunk]);
    if (this.#first.length >= SNIFF_BYTES) this.#choose(this.#context.byteLength);
  }

  end(bytes: number) {
    if (this.#parser === undefined) this.#choose(bytes);
    return this.#parser!.end();
  }

  #choose(totalBytes: number | undefined): void {
    const first = this.#first;
    const { limits } = this.#context;
    // Without a size the checks of sizes are the parsers', at the end.
    const fault =
      totalBytes === undefined ? undefined : sniffModel(first, totalBytes, this.#format, limits.maxBytes);
    if (fault !== undefined) throw fault;
    this.#parser = this.#create(isAsciiStl(first, totalBytes));
    this.#first = new Uint8Array(0);
    this.#parser.push(first);
  }

  #create(ascii: boolean): ModelParser {
    switch (this.#format) {
      case "stl":
        return ascii ? new AsciiStlParser(this.#context) : new BinaryStlParser(this.#context);
      case "obj":
        return new ObjParser(this.#context);
      case "3mf":
        return new ThreeMfParser(this.#context);
    }
  }
}

/** Progress is also where an abort is noticed during work that lets no event through. */
function progressReporter(onProgress: MeasureOptions["onProgress"], signal: AbortSignal | undefined) {
  let last = 0;
  return (fraction: number): void => {
    signal?.throwIfAborted();
    if (fraction <= last) return;
    last = Math.min(fraction, 1);
    onProgress?.(last);
  };
}

function tooLarge(bytes: number, limits: ModelLimits): ModelError {
  return new ModelError("TOO_LARGE", `the file has at least ${bytes} bytes, the limit is ${limits.maxBytes}`);
}
