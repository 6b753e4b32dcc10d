export { opsConfig } from "./config";
export { addOps } from "./ops";
