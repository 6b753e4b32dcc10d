import { readFileSync } from "node:fs";
import { Server, type ServerInterceptingCallInterface } from "@grpc/grpc-js";
import { trackCall, trackUnhandled } from "./tracker";
import { driveRaw, wishHandlers } from "./testing/drive";
import { openProbe } from "./testing/probe";

const { version } = JSON.parse(readFileSync(require.resolve("@grpc/grpc-js/package.json"), "utf8")) as {
  version: string;
};

test("the private members were checked against the grpc-js that is installed", () => {
  // Another version: run outcomes.test.ts, read tracker.ts beside its server-interceptors.js, then say so here.
  expect(version).toBe("1.14.7");
});

test("grpc-js has the hooks, so that no call falls back to the public interface", async () => {
  const probe = await openProbe({ handlers: wishHandlers });
  // Told as CANCELLED by the public interface, and rightly by the tracker.
  expect(await driveRaw(probe, "unary", Buffer.alloc(2_000_000))).toBe("ResourceExhausted");
  expect(await probe.serverHost.metric("grpc_server_handled_total", { grpc_code: "ResourceExhausted" })).toBe(
    1,
  );
  await probe.close();
});

test("a call without the hook is left alone", () => {
  const call = {} as ServerInterceptingCallInterface;
  const events = {
    addMessageSent: () => undefined,
    addMessageReceived: () => undefined,
    onStreamEnd: () => undefined,
    onCallEnd: () => undefined,
  };
  expect(trackCall(call, events)).toBe(false);
  expect(call).toEqual({});
});

test("channelz's own tracker goes on counting", () => {
  const seen: string[] = [];
  const events = (who: string) => ({
    addMessageSent: () => void seen.push(`${who} sent`),
    addMessageReceived: () => void seen.push(`${who} received`),
    onStreamEnd: () => void seen.push(`${who} stream`),
    onCallEnd: () => void seen.push(`${who} end`),
  });
  const call = { callEventTracker: events("channelz"), streamEnded: false };
  expect(trackCall(call as unknown as ServerInterceptingCallInterface, events("ours"))).toBe(true);
  call.callEventTracker.addMessageSent();
  call.callEventTracker.onCallEnd();
  expect(seen).toEqual(["channelz sent", "ours sent", "channelz end", "ours end"]);
});

test("a server that answers unknown methods in another way is left alone", () => {
  const server = { handlers: new Map() } as unknown as Server;
  expect(trackUnhandled(server, () => undefined)).toBe(false);
  expect(trackUnhandled(new Server(), () => undefined)).toBe(true);
});
