export { DEFAULT_LIMITS, type ModelLimits } from "./limits";
export {
  MM_PER_UNIT,
  MODEL_FORMATS,
  type Extents,
  type Geometry,
  type LengthUnit,
  type ModelFormat,
  type Orientation,
} from "./geometry";
export { measureModel, type MeasureOptions } from "./measure-model";
export { MODEL_ERROR_REASONS, ModelError, type ModelErrorReason } from "./model-error";
export { sniffModel, SNIFF_BYTES } from "./sniff-model";
