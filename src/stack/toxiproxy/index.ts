export { toxiproxyOn, type Toxic, type Toxiproxy } from "./client";
export { toxiproxySpec } from "./spec";
