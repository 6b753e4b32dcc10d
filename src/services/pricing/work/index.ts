export type { Calculate } from "../calculation/calculate";
export { startWorker, type WorkerOptions } from "./worker";
