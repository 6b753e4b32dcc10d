export {
  ConfigError,
  defineConfig,
  printableConfig,
  type ConfigFault,
  type ConfigLoader,
  type ConfigOf,
  type ConfigShape,
} from "./define-config";
export { mayPlantBugs, plantBugs, planted, plantedBugs, type PlantedBug } from "./planted-bugs";
export {
  address,
  addresses,
  flag,
  httpUrl,
  integer,
  oneOf,
  optionalAddress,
  optionalHttpUrl,
  optionalText,
  port,
  text,
} from "./schemas";
export { variable, type Variable, type VariableOptions } from "./variable";
