import { Webhook } from "standardwebhooks";
import { newSecret, signedHeaders } from "./sign";

test("the reference vector of Standard Webhooks is signed as published", () => {
  const headers = signedHeaders("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", {
    id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    body: '{"test": 2432232314}',
    at: new Date(1_614_265_330_000),
  });
  expect(headers).toEqual({
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});

test("what is signed with a new secret verifies with the scheme's own library, and nothing else does", () => {
  const secret = newSecret();
  const body = '{"type":"order.status_changed"}';
  const headers = signedHeaders(secret, { id: "a:1:webhook", body, at: new Date() });
  expect(new Webhook(secret).verify(body, headers)).toEqual({ type: "order.status_changed" });
  expect(() => new Webhook(newSecret()).verify(body, headers)).toThrow("signature");
  expect(() => new Webhook(secret).verify(body.replace("order", "0rder"), headers)).toThrow("signature");
  expect(() => new Webhook(secret).verify(body, { ...headers, "webhook-id": "a:2:webhook" })).toThrow("sign");
});

test("secrets are 32 random bytes in base64", () => {
  const secrets = Array.from({ length: 20 }, newSecret);
  expect(new Set(secrets).size).toBe(20);
  for (const secret of secrets) {
    expect(secret).toMatch(/^whsec_/);
    expect(Buffer.from(secret.slice(6), "base64")).toHaveLength(32);
  }
});
