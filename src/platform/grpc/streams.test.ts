import type { CallContext } from ".";
import { drive } from "./testing/drive";
import { eventually, openProbe, untilAborted } from "./testing/probe";

const large = Buffer.alloc(64_000);

test("a source of answers is asked no faster than its reader reads", async () => {
  let made = 0;
  const probe = await openProbe({
    handlers: {
      serverStream: async function* ({ wish }) {
        for (; made < 500; made++) yield { wish, padding: large };
      },
    },
  });
  let read = 0;
  for await (const _answer of probe.client.serverStream({ wish: "", padding: Buffer.alloc(0) })) {
    if (read++ === 0) await new Promise((resolve) => setTimeout(resolve, 200));
    if (read === 1) expect(made).toBeLessThan(200);
  }
  expect(read).toBe(500);
  await probe.close();
});

test("a source of requests is asked no faster than the handler reads", async () => {
  let made = 0;
  let madeWhileWaiting = 0;
  const probe = await openProbe({
    handlers: {
      clientStream: async (requests) => {
        let read = 0;
        for await (const _request of requests) {
          if (read++ > 0) continue;
          await new Promise((resolve) => setTimeout(resolve, 200));
          madeWhileWaiting = made;
        }
        return { wish: String(read) };
      },
    },
  });
  const requests = (async function* () {
    for (; made < 500; made++) yield { wish: "", padding: large };
  })();
  expect(await probe.client.clientStream(requests)).toEqual({ wish: "500" });
  expect(madeWhileWaiting).toBeLessThan(200);
  await probe.close();
});

test("a client-stream handler that throws early ends the call with its error and the source is told to stop", async () => {
  let returned = false;
  let made = 0;
  const probe = await openProbe({
    handlers: {
      clientStream: async (requests) => {
        for await (const _request of requests) throw new Error("enough");
        return { wish: "" };
      },
    },
  });
  const requests = (async function* () {
    try {
      for (;;) {
        made += 1;
        yield { wish: "", padding: large };
      }
    } finally {
      returned = true;
    }
  })();
  await expect(probe.client.clientStream(requests)).rejects.toMatchObject({ category: "internal" });
  await eventually(() => returned);
  const madeAtTheEnd = made;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(made).toBe(madeAtTheEnd);
  await probe.close();
});

test("a client-stream handler may answer before it has read everything", async () => {
  const probe = await openProbe({
    handlers: {
      clientStream: async (requests) => {
        for await (const { wish } of requests) return { wish };
        return { wish: "nothing" };
      },
    },
  });
  const requests = (async function* () {
    yield { wish: "first", padding: Buffer.alloc(0) };
    await new Promise(() => undefined);
  })();
  expect(await probe.client.clientStream(requests)).toEqual({ wish: "first" });
  await probe.close();
});

describe.each(["private", "public"] as const)("half an upload, by grpc-js's %s interface", (hooks) => {
  test.each(["breaks", "is cancelled"])("that %s never looks like a whole one", async (how) => {
    let completed = false;
    const probe = await openProbe({
      handlers: {
        clientStream: async (requests) => {
          for await (const _request of requests);
          completed = true;
          return { wish: "" };
        },
      },
      server: { hooks },
    });
    const cancel = new AbortController();
    const requests = (async function* () {
      yield { wish: "", padding: large };
      await eventually(async () => (await probe.serverHost.metric("grpc_server_in_flight")) === 1);
      if (how === "breaks") throw new Error("the disk is gone");
      cancel.abort();
      await new Promise(() => undefined);
    })();
    const failed = probe.client.clientStream(requests, { signal: cancel.signal });
    await expect(failed).rejects.toThrow(how === "breaks" ? "the disk is gone" : "Cancelled on client");
    await eventually(
      async () =>
        (await probe.serverHost.metric("grpc_server_handled_total", { grpc_code: "Canceled" })) === 1,
    );
    expect(completed).toBe(false);
    await probe.close();
  });
});

test.each(["serverStream", "bidiStream"] as const)(
  "a reader that leaves has the %s handler's generator returned and its signal aborted",
  async (kind) => {
    const ended: string[] = [];
    const answers = async function* (call: CallContext) {
      call.signal.addEventListener("abort", () => ended.push("aborted"));
      try {
        for (;;) {
          yield { wish: "", padding: Buffer.alloc(0) };
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      } finally {
        ended.push("returned");
      }
    };
    const probe = await openProbe({
      handlers: {
        serverStream: (_request, call) => answers(call),
        bidiStream: (_requests, call) => answers(call),
      },
    });
    expect(await drive(probe.client, kind, "", { stopAfter: 2 })).toBe("abandoned");
    await eventually(() => ended.length === 2);
    expect(ended.sort()).toEqual(["aborted", "returned"]);
    await probe.close();
  },
);

test("a reader may leave while it waits for a message", async () => {
  const probe = await openProbe({
    handlers: {
      serverStream: async function* (_request, call) {
        await untilAborted(call);
        yield* [];
      },
    },
  });
  const answers = probe.client.serverStream({ wish: "", padding: Buffer.alloc(0) })[Symbol.asyncIterator]();
  const waiting = answers.next();
  await eventually(async () => (await probe.serverHost.metric("grpc_server_in_flight")) === 1);
  await answers.return?.();
  expect(await waiting).toEqual({ done: true, value: undefined });
  await eventually(async () => (await probe.serverHost.metric("grpc_server_in_flight")) === 0);
  expect(await probe.clientHost.metric("grpc_client_handled_total", { grpc_code: "Canceled" })).toBe(1);
  await probe.close();
});

test("answers that were sent before an error are read before it is thrown", async () => {
  const probe = await openProbe({
    handlers: {
      serverStream: async function* () {
        for (let i = 0; i < 20; i++) yield { wish: String(i), padding: Buffer.alloc(0) };
        throw new Error("boom");
      },
    },
  });
  const read: string[] = [];
  const reading = async () => {
    for await (const { wish } of probe.client.serverStream({ wish: "", padding: Buffer.alloc(0) })) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      read.push(wish);
    }
  };
  await expect(reading()).rejects.toMatchObject({ category: "internal" });
  expect(read).toHaveLength(20);
  await probe.close();
});
