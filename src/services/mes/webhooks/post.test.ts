import { createPoster, type Poster } from "./post";
import { openReceiver, type Receiver, status } from "./testing/receiver";

const timeoutMs = 1_000;
let receiver: Receiver;
let poster: Poster;
let guarded: Poster;

beforeEach(async () => {
  receiver = await openReceiver();
  poster = createPoster({ allowPrivate: true, timeoutMs });
  guarded = createPoster({ allowPrivate: false, timeoutMs });
});
afterEach(async () => {
  await Promise.all([poster.close(), guarded.close()]);
  await receiver.close();
});

test("2xx is a success, everything else is not", async () => {
  for (const code of [200, 202, 204]) {
    receiver.answer(status(code));
    expect(await poster.post(receiver.url(), {}, "{}")).toMatchObject({ status: code, error: "" });
  }
  for (const code of [301, 400, 404, 410, 429, 500, 503]) {
    receiver.answer(status(code));
    const posted = await poster.post(receiver.url(), {}, "{}");
    expect(posted).toMatchObject({ status: code, error: `answered ${code}` });
  }
});

test("a redirection is not followed", async () => {
  const elsewhere = await openReceiver();
  receiver.answer((response) => void response.writeHead(307, { location: elsewhere.url() }).end());
  expect(await poster.post(receiver.url(), {}, "{}")).toMatchObject({ status: 307, error: "answered 307" });
  expect(elsewhere.connections).toBe(0);
  await elsewhere.close();
});

test("a server that does not answer in time has failed", async () => {
  receiver.answer(() => undefined);
  const posted = await poster.post(receiver.url(), {}, "{}");
  expect(posted).toMatchObject({ error: "no answer in time", answer: "" });
  expect(posted.status).toBeUndefined();
});

test("an answer that drips for ever is cut off, and its status counts", async () => {
  receiver.answer((response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write("x"), 50);
    response.on("close", () => clearInterval(drip));
  });
  const posted = await poster.post(receiver.url(), {}, "{}");
  expect(posted).toMatchObject({ status: 200, error: "" });
  expect(posted.answer).toMatch(/^x+$/);
});

test("of an answer without an end no more than a kilobyte is read", async () => {
  let sent = 0;
  let over = false;
  receiver.answer((response) => {
    const flood = (): void => {
      while (!response.destroyed && response.write("y".repeat(65_536))) sent += 65_536;
      if (!response.destroyed) response.once("drain", flood);
    };
    response.on("close", () => (over = true));
    response.writeHead(500);
    flood();
  });
  const posted = await poster.post(receiver.url(), {}, "{}");
  expect(posted).toMatchObject({ status: 500, answer: "y".repeat(1_024) });
  await poster.close();
  expect(over || sent < 50_000_000).toBe(true);
});

test("what no database takes is replaced in the answer", async () => {
  receiver.answer((response) => void response.end(Buffer.from([0x61, 0x00, 0xff, 0x62])));
  expect((await poster.post(receiver.url(), {}, "{}")).answer).toBe("a\ufffd\ufffdb");
});

test("a server that is not there, or breaks off, has failed with the reason", async () => {
  receiver.answer((response) => void response.destroy());
  expect((await poster.post(receiver.url(), {}, "{}")).error).not.toBe("");
  await receiver.close();
  expect((await poster.post(receiver.url(), {}, "{}")).error).toContain("ECONNREFUSED");
});

test("a name or an address that is not public is never connected to, whatever it was when it was registered", async () => {
  const urls = [
    "https://localhost",
    "https://127.0.0.1",
    "http://localhost",
    "http://127.0.0.1",
    "https://[::1]",
  ];
  for (const url of urls) {
    const posted = await guarded.post(`${url}:${receiver.port}/hook`, {}, "{}");
    expect(posted.error).toContain("is not a public address");
  }
  expect(receiver.connections).toBe(0);
});
