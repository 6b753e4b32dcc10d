export { type DesiredState, readDesiredState } from "./desired";
export { type Change, provisionGraylog } from "./provision";
export { type GraylogAccess, type GraylogApi, graylogApi, GraylogError, waitForGraylog } from "./rest";
export { viewId } from "./views";
