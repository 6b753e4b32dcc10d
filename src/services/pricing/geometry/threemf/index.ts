export { ThreeMfParser } from "./three-mf";
