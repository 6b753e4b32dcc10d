import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createForward } from "./forward";

const listen = async (server: Server, port = 0): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
};
const close = async (server: Server): Promise<void> => {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
};

test("a copy arrives as it was sent; what nobody answers is dropped, and so is what follows within 5 s", async () => {
  const got: string[] = [];
  const server = createServer((request, response) => {
    request.on("data", (chunk: Buffer) => got.push(`${request.headers["content-type"]} ${chunk.toString()}`));
    request.on("end", () => response.end());
  });
  const port = await listen(server);
  let now = 0;
  const forward = createForward(`http://127.0.0.1:${port}/v1/traces`, () => now);
  const send = (text: string): Promise<boolean> =>
    forward(Buffer.from(text), { "content-type": "application/json" });

  expect(await send("one")).toBe(true);
  await close(server);
  expect(await send("two")).toBe(false);
  await listen(server, port);
  expect(await send("three")).toBe(false);
  now += 5_000;
  expect(await send("four")).toBe(true);
  expect(got).toEqual(["application/json one", "application/json four"]);
  await close(server);
});
