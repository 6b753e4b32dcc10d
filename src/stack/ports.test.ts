import { createServer } from "node:net";
import { freePorts, needPort } from "./ports";

test("a taken port is one sentence: the port, who needs it, who holds it, what to do", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await expect(needPort(port, "kafka")).rejects.toThrow(
    new RegExp(
      `^Port ${port}, which kafka needs, is taken by .+ \\(pid ${process.pid}\\): stop it, or shift all ports with PORT_OFFSET=1000\\.$`,
    ),
  );
  await new Promise((resolve) => server.close(resolve));
  await needPort(port, "kafka");
});

test("free ports differ from each other", async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
});
