import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import { type ObjectStore, openStore } from "../platform/s3";
import { s3Credentials } from "../stack/secrets";
import { cubeStl, zipBomb } from "./models";
import { eventually, type System } from "./system";

type Answer = { status: number; reason: string; orderStatus: string };

/** Hostile and unlucky uploads: each gets a clear answer, none leaves anything behind. */
export function describeUploads(system: () => System): void {
  const newOrder = () => system().customer.create(randomUUID(), 1);

  async function upload(orderId: string, body: Buffer, format: string): Promise<Answer> {
    const query = new URLSearchParams({ format, expectedVersion: "1", fileName: `model.${format}` });
    const response = await fetch(`${system().gatewayUrl}/api/v1/orders/${orderId}/model?${query}`, {
      method: "PUT",
      headers: {
        authorization: `Bearer ${system().tokens.customer}`,
        "content-type": "application/octet-stream",
      },
      body: new Uint8Array(body),
    });
    const answer = (await response.json()) as { error?: { reason: string }; order?: { status: string } };
    return {
      status: response.status,
      reason: answer.error?.reason ?? "",
      orderStatus: answer.order?.status ?? "",
    };
  }

  let store: ObjectStore;

  async function objects(): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of store.list("")) keys.push(key);
    return keys.sort();
  }

  const statusOf = async (orderId: string): Promise<string> => (await system().customer.get(orderId)).status;

  describe("uploads", () => {
    beforeAll(() => {
      const endpoint = `http://127.0.0.1:${system().settings.ports.s3}`;
      const config = { endpoint, region: "us-east-1", bucket: "models", requestTimeoutMs: 5_000 };
      store = openStore(system().host, { ...config, ...s3Credentials });
    });
    afterAll(() => store.close());

    test.each([
      ["empty", Buffer.alloc(0), "stl", "EMPTY_MODEL"],
      ["truncated", cubeStl(10, { bytes: 300 }), "stl", "TRIANGLE_COUNT_MISMATCH|TRUNCATED"],
      [
        "with a lying triangle count",
        cubeStl(10, { triangles: 4_000_000 }),
        "stl",
        "TRIANGLE_COUNT_MISMATCH|TRUNCATED",
      ],
      [
        "of the wrong format",
        Buffer.from("this is no archive at all, not even a small one"),
        "3mf",
        "FORMAT_MISMATCH",
      ],
    ])(
      "a model that is %s is refused with its reason, and nothing of it is kept",
      async (_what, body, format, reasons) => {
        const before = await objects();
        const { orderId } = await newOrder();
        const answer = await upload(orderId, body, format);
        expect(answer.status).toBe(400);
        expect(reasons.split("|")).toContain(answer.reason);
        expect(await objects()).toEqual(before);
      },
    );

    test.each([
      ["with a coordinate that is no number", cubeStl(10, { nan: true }), "stl", "NOT_FINITE"],
      ["that is a zip bomb", zipBomb(1_500_000_000), "3mf", "ARCHIVE_TOO_LARGE"],
    ])("a model %s ends in PRICING_FAILED with its reason", async (_what, body, format, reason) => {
      const { orderId } = await newOrder();
      const answer = await upload(orderId, body, format);
      expect(answer).toMatchObject({ status: 200 });
      await eventually(
        async () => ((await statusOf(orderId).catch(() => "")) === "PRICING_FAILED" ? true : undefined),
        `order ${orderId} is PRICING_FAILED`,
      );
      const response = await fetch(`${system().gatewayUrl}/api/v1/orders/${orderId}`, {
        headers: { authorization: `Bearer ${system().tokens.customer}` },
      });
      const { order } = (await response.json()) as { order: { failure: { reason: string } } };
      expect(order.failure.reason).toBe(reason);
    });

    test("an upload over the limit is refused before it is read", async () => {
      const { orderId } = await newOrder();
      const answer = await announce(orderId, 200_000_001, Buffer.alloc(1_000));
      expect(answer).toMatch(/^HTTP\/1\.1 413/);
      expect(answer).toMatch(/"reason":"TOO_LARGE"/);
      expect(answer).toMatch(/200000001 bytes/);
    });

    test("an upload that breaks off half way leaves the order as it was and no object", async () => {
      const before = await objects();
      const { orderId } = await newOrder();
      await announce(orderId, 10_000_000, Buffer.alloc(2_000_000), { hangUpAfterMs: 300 });
      await new Promise((wake) => setTimeout(wake, 500));
      expect(await objects()).toEqual(before);
      const uploaded = await upload(orderId, cubeStl(11), "stl");
      expect(uploaded).toMatchObject({ status: 200, orderStatus: "ORDER_STATUS_MODEL_UPLOADED" });
    });

    test("the same model twice is stored once", async () => {
      const first = await newOrder();
      await upload(first.orderId, cubeStl(12), "stl");
      const before = await objects();
      const second = await newOrder();
      const answer = await upload(second.orderId, cubeStl(12), "stl");
      expect(answer.status).toBe(200);
      expect(await objects()).toEqual(before);
    });
  });

  /** Speaks HTTP by hand, to announce more than is sent. */
  function announce(
    orderId: string,
    length: number,
    bytes: Buffer,
    how: { hangUpAfterMs?: number } = {},
  ): Promise<string> {
    const { gateway } = system().settings.ports;
    return new Promise((resolve, reject) => {
      const socket = connect(gateway, "127.0.0.1");
      let answer = "";
      socket.on("data", (data) => {
        answer += data.toString();
        socket.end();
      });
      socket.on("close", () => resolve(answer));
      socket.on("error", (error) =>
        answer === "" && how.hangUpAfterMs === undefined ? reject(error) : resolve(answer),
      );
      socket.write(
        `PUT /api/v1/orders/${orderId}/model?format=stl&expectedVersion=1 HTTP/1.1\r\nhost: localhost\r\n` +
          `authorization: Bearer ${system().tokens.customer}\r\ncontent-type: application/octet-stream\r\ncontent-length: ${length}\r\n\r\n`,
      );
      socket.write(bytes);
      if (how.hangUpAfterMs !== undefined) setTimeout(() => socket.destroy(), how.hangUpAfterMs);
    });
  }
}
