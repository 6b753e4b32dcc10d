export { ratioOf, type Ratio } from "./ratio";
export { seededRandom, shuffled } from "./random";
export { median } from "simple-statistics";
