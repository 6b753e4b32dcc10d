import { describeAccess } from "./access";
import { describeAuthorisation, describeGatewayAuthorisation } from "./authorisation";
import { describeKills } from "./kills";
import { describePayments } from "./payments";
import { describeProducts } from "./products";
import { startSystem, type System } from "./system";
import { describeTelemetry } from "./telemetry";
import { describeUploads } from "./uploads";

/** One system for all: starting it is most of the cost. The suites run one after another; what kills comes last. */
let system: System;

beforeAll(async () => {
  system = await startSystem();
}, 600_000);

afterAll(async () => {
  await system?.stop();
}, 120_000);

describeProducts(() => system);
describeAccess(() => system);
describeAuthorisation(() => system);
describeGatewayAuthorisation(() => system);
describeUploads(() => system);
describePayments(() => system);
describeTelemetry(() => system);
describeKills(() => system);
