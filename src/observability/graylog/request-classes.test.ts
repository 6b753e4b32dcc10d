import { join } from "node:path";
import { ensureGraylogProgram, type GraylogProgram } from "../../stack/tools/graylog-classes";
import { covers } from "./covers";
import { readDesiredState } from "./desired";
import { provisionGraylog } from "./provision";
import { type GraylogApi, graylogApi } from "./rest";
import { startFakeGraylog } from "./testing/fake-graylog";

/**
 * What the provisioner sends, into the classes that Graylog's own resources read it with. The fake of the API is ours: this is what it rests on. Without Maven or
 * a JDK this fails, in one sentence that says what to install.
 */
type Sent = { request: string; body: unknown };
type Read = { body?: unknown; error?: string };

let graylog: GraylogProgram;
const program = join(__dirname, "testing/request-classes/ReadRequests.java");

beforeAll(async () => {
  graylog = await ensureGraylogProgram(program);
}, 600_000);

async function read(sent: Sent[]): Promise<Read[]> {
  const lines = await graylog.run(sent.map((one) => `${JSON.stringify(one)}\n`).join(""));
  return lines.map((line) => JSON.parse(line) as Read);
}

test("Graylog's classes take every body, and give back all that it says", async () => {
  const sent = await everyBody();
  expect(new Set(sent.map(({ request }) => request)).size).toBe(10);
  const answers = await read(sent);
  const wrong = answers.flatMap(({ body, error }, at) => {
    const of = sent[at]!;
    return error === undefined && covers(sameTimes(body), sameTimes(of.body)) ? [] : [{ ...of, body, error }];
  });
  expect(wrong).toEqual([]);
  expect(answers).toHaveLength(sent.length);
});

test("they refuse what is wrong, so that it proves something", async () => {
  const view = (await everyBody()).find(({ request }) => request === "POST /views")!;
  const answers = await read([
    {
      request: "POST /streams/rules",
      body: { type: 1, field: "a", value: "b", inverted: false, colour: "red" },
    },
    { request: "POST /views", body: { ...(view.body as object), type: "PAGE" } },
    { request: "POST /views/search", body: { queries: [{ query: { type: "elasticsearch", text: "" } }] } },
    {
      request: "POST /system/indices/index_sets",
      body: { rotation_strategy: { type: "org.graylog2.Nothing" } },
    },
  ]);
  expect(answers.map(({ error }) => error === undefined)).toEqual([false, false, false, false]);
});

/** Times as one spelling: Graylog writes 2026-11-22T06:49:02.650Z without its last zero. */
function sameTimes(body: unknown): unknown {
  const isTime = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;
  return JSON.parse(JSON.stringify(body), (_, value: unknown) =>
    typeof value === "string" && isTime.test(value) ? new Date(value).toISOString() : value,
  );
}

test("a time that ends in a nought is the same time", () => {
  const [short, long] = ["2026-11-22T06:49:02.65Z", "2026-11-22T06:49:02.650Z"];
  expect(sameTimes({ creation_date: short })).toEqual({ creation_date: long });
});

/** The bodies of a first run, and of one that has to mend everything. */
async function everyBody(): Promise<Sent[]> {
  const fake = await startFakeGraylog();
  try {
    const api = graylogApi({ url: fake.url, user: "admin", password: "admin" });
    const sent: Sent[] = [];
    const listening: GraylogApi = {
      find: api.find,
      call: (method, path, body) => {
        const request = `${method} ${path.replace(/\/[0-9a-f]{24}/g, "")}`;
        if (body !== undefined) sent.push({ request, body });
        return api.call(method, path, body);
      },
    };
    const desired = readDesiredState(join(__dirname, "../../../graylog"));
    await provisionGraylog(listening, desired);
    const { streams, indexSets, views, inputs } = fake.state;
    for (const stream of streams) {
      stream["description"] = "changed";
      stream.rules.pop();
    }
    for (const indexSet of indexSets) indexSet["description"] = "changed";
    for (const thing of [...views, ...inputs]) thing["title"] = "changed";
    await provisionGraylog(listening, desired);
    return sent;
  } finally {
    await fake.close();
  }
}
