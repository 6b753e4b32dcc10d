import { runInScope } from "../telemetry";
import { createTestHost, type TestHost } from "../testing";
import { forwardCaller } from "./credentials";

let host: TestHost;
beforeAll(() => (host = createTestHost("grpc")));
afterAll(() => host.close());

const forwarded = (credentials: { authorization?: string; apiKey?: string }) =>
  runInScope({ fields: {}, credentials }, forwardCaller());

test("a caller's credentials go on as they came", () => {
  expect(forwarded({ authorization: "Bearer a.b.c" })).toEqual({ authorization: "Bearer a.b.c" });
  expect(forwarded({ apiKey: "alx_partner_1" })).toEqual({ "x-api-key": "alx_partner_1" });
});

test("credentials that no metadata may hold are nobody's", () => {
  const refused = (reason: string) => expect.objectContaining({ category: "unauthenticated", reason });
  expect(() => forwarded({ apiKey: "\u00ff\u00fe" })).toThrow(refused("UNKNOWN_API_KEY"));
  expect(() => forwarded({ authorization: "Bearer \u00e9" })).toThrow(refused("BAD_TOKEN"));
  expect(() => forwarded({ authorization: `Bearer ${"a".repeat(5_000)}` })).toThrow(refused("BAD_TOKEN"));
});
