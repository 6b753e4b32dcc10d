export { describeAuthorisation } from "./authorisation";
