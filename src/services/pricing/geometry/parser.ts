import type { LengthUnit } from "./geometry";
import type { ModelLimits } from "./limits";
import type { MemoryBudget } from "./budget";
import type { Mesh } from "./mesh";
import type { Transform } from "./surface";

/** A mesh and where it stands in the model. Without a transform it stands where its vertices say. */
export type Part = { mesh: Mesh; placements: readonly (Transform | undefined)[] };

export type ParsedModel = { parts: readonly Part[]; unit?: LengthUnit };

/** What a parser may know and use. `byteLength` has been declared, not proven. */
export type ParserContext = {
  byteLength: number | undefined;
  limits: ModelLimits;
  budget: MemoryBudget;
  /** Progress of work that `end` does after the last byte came, 0 to 1; also the place where an abort is noticed. */
  onWork: (fraction: number) => void;
};

/** Takes a file chunk by chunk. `push` may keep no reference to a chunk. */
export type ModelParser = {
  push(chunk: Uint8Array): void;
  end(): ParsedModel | Promise<ParsedModel>;
};
