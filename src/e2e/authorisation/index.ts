export { describeAuthorisation } from "./authorisation";
export { describeGatewayAuthorisation } from "./gateway";
