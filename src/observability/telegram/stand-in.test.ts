import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageLog, createStandIn, standInAccount, type StandInOptions } from "./index";

let folder: string;
let server: Server;
let url: string;
let told: Parameters<NonNullable<StandInOptions["onMessage"]>>[0][];

beforeEach(async () => {
  told = [];
  folder = mkdtempSync(join(tmpdir(), "alexandrite-telegram-"));
  const log = new MessageLog(folder, 100_000);
  server = createStandIn({ log, now: () => 1_700_000_000_000, onMessage: (outcome) => told.push(outcome) });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

type Answer = { status: number; retryAfter: string | null; body: Record<string, unknown> };

const call = async (
  parameters: unknown,
  path = `/bot${standInAccount.token}/sendMessage`,
): Promise<Answer> => {
  const response = await fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(parameters),
  });
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, retryAfter: response.headers.get("retry-after"), body };
};
const html = { chat_id: "1", parse_mode: "HTML" };

test("a message is taken, answered with its id, and listed as people see it and as it was sent", async () => {
  const { status, body } = await call({
    ...html,
    text: " <b>MES</b> is &lt;down&gt;\n",
    disable_notification: "true",
  });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    ok: true,
    result: {
      message_id: 1,
      date: 1_700_000_000,
      chat: { id: 1 },
      text: "MES is <down>",
      entities: [{ type: "bold", offset: 0, length: 3 }],
    },
  });
  expect(await (await fetch(`${url}/messages`)).json()).toMatchObject({
    messages: [
      {
        message_id: 1,
        chat_id: "1",
        text: "MES is <down>",
        html: " <b>MES</b> is &lt;down&gt;\n",
        silent: true,
      },
    ],
  });
  expect(told).toMatchObject([{ message: { messageId: 1 } }]);
});

test("a form and a query are understood as JSON is", async () => {
  const path = `${url}/bot${standInAccount.token}/SENDMESSAGE?chat_id=1`;
  const response = await fetch(path, { method: "POST", body: new URLSearchParams({ text: "a < b" }) });
  expect(await response.json()).toMatchObject({ ok: true, result: { text: "a < b" } });
});

const bad = "Bad Request: ";
test.each([
  [
    "broken markup",
    { ...html, text: "a < b" },
    `${bad}can't parse entities: Unsupported start tag "" at byte offset 2`,
  ],
  ["an empty text", { ...html, text: "<b> </b>" }, `${bad}message text is empty`],
  ["no text", html, `${bad}message text is empty`],
  ["4097 characters", { ...html, text: "&lt;".repeat(4_097) }, `${bad}message is too long`],
  ["no chat", { text: "x" }, `${bad}chat_id is empty`],
  ["another chat", { chat_id: 7, text: "x" }, `${bad}chat not found`],
  ["an unknown mode", { chat_id: 1, text: "x", parse_mode: "TeX" }, `${bad}unsupported parse_mode`],
])("%s is refused with 400 and Telegram's wording", async (_what, parameters, description) => {
  const { status, body } = await call(parameters);
  expect({ status, body }).toEqual({ status: 400, body: { ok: false, error_code: 400, description } });
  expect(told).toEqual([{ refused: description, code: 400 }]);
});

test("4096 characters after the parsing of entities are taken", async () => {
  expect((await call({ ...html, text: `<b>${"&lt;".repeat(4_096)}</b>` })).status).toBe(200);
});

test.each([
  ["/bot2:another-token/sendMessage", 401, "Unauthorized"],
  ["/botnonsense/sendMessage", 404, "Not Found"],
  [`/bot${standInAccount.token}/sendPhoto`, 404, "Not Found"],
])("%s is %d", async (path, code, description) => {
  const { status, body } = await call({ ...html, text: "x" }, path);
  expect({ status, body }).toEqual({ status: code, body: { ok: false, error_code: code, description } });
});

test("more messages than a chat may have are refused with 429 and the seconds to wait", async () => {
  const answers: Answer[] = [];
  for (let n = 0; n < 21; n++) answers.push(await call({ ...html, text: `${n}` }));
  expect(answers.map(({ status }) => status)).toEqual([...Array<number>(20).fill(200), 429]);
  expect(answers.at(-1)).toMatchObject({
    retryAfter: "1",
    body: {
      error_code: 429,
      description: "Too Many Requests: retry after 1",
      parameters: { retry_after: 1 },
    },
  });
});

test("the page shows messages with their format and nothing that runs", async () => {
  await call({
    ...html,
    text: '<b>a <i>b</i></b> &lt;script&gt; <a href="javascript:x">j</a> <a href="http://x/">go</a>',
  });
  const page = await (await fetch(url)).text();
  expect(page).toContain('<b>a <i>b</i></b> &#60;script&#62; j <a rel="noreferrer" href="http://x/">go</a>');
});

test("messages can be forgotten", async () => {
  await call({ ...html, text: "x" });
  await fetch(`${url}/messages`, { method: "DELETE" });
  expect(await (await fetch(`${url}/messages`)).json()).toEqual({ messages: [] });
});
