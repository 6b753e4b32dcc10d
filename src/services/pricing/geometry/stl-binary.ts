import { MeshBuilder } from "./mesh";
import { ModelError } from "./model-error";
import type { ModelParser, ParsedModel, ParserContext } from "./parser";

export const STL_HEADER_BYTES = 84;
export const STL_TRIANGLE_BYTES = 50;
const COUNT_AT = 80;
/** Of the 50 bytes of a triangle the first twelve are its normal, which says nothing its corners do not. */
const CORNERS_AT = 12;

/** Binary STL: 80 free bytes, the number of triangles, 50 bytes for each. */
export class BinaryStlParser implements ModelParser {
  readonly #context: ParserContext;
  readonly #carry = new Uint8Array(STL_HEADER_BYTES);
  #carried = 0;
  #mesh: MeshBuilder | undefined;
  #declared = 0;
  #bytes = 0;

  constructor(context: ParserContext) {
    this.#context = context;
  }

  push(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    let at = 0;
    if (this.#mesh === undefined) {
      at = this.#fillCarry(chunk, 0, STL_HEADER_BYTES);
      if (this.#carried < STL_HEADER_BYTES) return;
      this.#start();
    }
    if (this.#carried > 0) {
      at = this.#fillCarry(chunk, at, STL_TRIANGLE_BYTES);
      if (this.#carried < STL_TRIANGLE_BYTES) return;
      this.#addTriangles(this.#carry, 0, 1);
      this.#carried = 0;
    }
    const whole = Math.floor((chunk.length - at) / STL_TRIANGLE_BYTES);
    this.#addTriangles(chunk, at, whole);
    this.#fillCarry(chunk, at + whole * STL_TRIANGLE_BYTES, STL_TRIANGLE_BYTES);
  }

  end(): ParsedModel {
    if (this.#mesh === undefined) {
      throw new ModelError(
        "TRUNCATED",
        `the file has ${this.#bytes} bytes, a binary STL has at least ${STL_HEADER_BYTES}`,
      );
    }
    checkBinaryStlSize(this.#declared, this.#bytes);
    return { parts: [{ mesh: this.#mesh.seal(), placements: [undefined] }] };
  }

  #fillCarry(chunk: Uint8Array, from: number, wanted: number): number {
    const part = chunk.subarray(from, from + wanted - this.#carried);
    this.#carry.set(part, this.#carried);
    this.#carried += part.length;
    return from + part.length;
  }

  #start(): void {
    const { limits, budget, byteLength } = this.#context;
    this.#declared = new DataView(this.#carry.buffer).getUint32(COUNT_AT, true);
    if (byteLength !== undefined) checkBinaryStlSize(this.#declared, byteLength);
    if (this.#declared > limits.maxTriangles) {
      throw new ModelError(
        "TOO_COMPLEX",
        `the model declares ${this.#declared} triangles, the limit is ${limits.maxTriangles}`,
      );
    }
    // The count is a hint only, and only where the declared size agrees with it.
    const expected = byteLength === undefined ? Math.min(this.#declared, 4096) : this.#declared;
    this.#mesh = new MeshBuilder(budget, limits.maxTriangles, expected);
    this.#carried = 0;
  }

  #addTriangles(bytes: Uint8Array, from: number, count: number): void {
    const mesh = this.#mesh!;
    const { vertices } = mesh;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let n = 0, at = from + CORNERS_AT; n < count; n++, at += STL_TRIANGLE_BYTES) {
      const ax = view.getFloat32(at, true);
      const ay = view.getFloat32(at + 4, true);
      const az = view.getFloat32(at + 8, true);
      const bx = view.getFloat32(at + 12, true);
      const by = view.getFloat32(at + 16, true);
      const bz = view.getFloat32(at + 20, true);
      const cx = view.getFloat32(at + 24, true);
      const cy = view.getFloat32(at + 28, true);
      const cz = view.getFloat32(at + 32, true);
      // Nine float32 cannot overflow a double, so the sum is finite exactly when all of them are.
      if (!Number.isFinite(ax + ay + az + bx + by + bz + cx + cy + cz)) {
        throw new ModelError(
          "NOT_FINITE",
          `triangle ${mesh.triangles + 1} has a coordinate that is not finite`,
        );
      }
      mesh.addTriangle(vertices.add(ax, ay, az), vertices.add(bx, by, bz), vertices.add(cx, cy, cz));
    }
  }
}

/** Throws where a binary STL of `bytes` bytes cannot hold the triangles that it declares, or holds more. */
export function checkBinaryStlSize(declared: number, bytes: number): void {
  const needed = STL_HEADER_BYTES + STL_TRIANGLE_BYTES * declared;
  if (bytes === needed) {
    if (declared === 0) throw new ModelError("EMPTY_MODEL", "the STL declares 0 triangles and has none");
    return;
  }
  const rest = bytes - STL_HEADER_BYTES;
  const whole = Math.floor(rest / STL_TRIANGLE_BYTES);
  const story = `the STL declares ${declared} triangles, that is ${needed} bytes, and has ${bytes} bytes, enough for ${whole}`;
  // Cut anywhere but between two triangles it cannot ever have been whole; cut there, it looks like a lying count.
  if (bytes < needed && rest % STL_TRIANGLE_BYTES !== 0) throw new ModelError("TRUNCATED", story);
  throw new ModelError("TRIANGLE_COUNT_MISMATCH", story);
}
