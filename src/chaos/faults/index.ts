export { createActs } from "./acts";
export { processes, readyOf } from "./processes";
export type { Act, Acts, Site } from "./types";
