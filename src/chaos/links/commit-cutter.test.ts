import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { createMessageReader, startCommitCutter } from "./commit-cutter";

const message = (type: string, text: string): Buffer => {
  const body = Buffer.from(`${text}\0`);
  const head = Buffer.alloc(4);
  head.writeInt32BE(4 + body.length);
  return Buffer.concat([Buffer.from(type), head, body]);
};
const startUp = message("", "user");

test("simple queries are told, in whatever pieces they come", () => {
  const bytes = Buffer.concat([
    startUp,
    message("p", "COMMIT"),
    message("Q", "BEGIN"),
    message("P", "COMMIT"),
    message("Q", "COMMIT"),
  ]);
  for (const size of [1, 3, 7, bytes.length]) {
    const read = createMessageReader();
    const found: string[] = [];
    for (let at = 0; at < bytes.length; at += size) found.push(...read(bytes.subarray(at, at + size)));
    expect(found).toEqual(["BEGIN", "COMMIT"]);
  }
});

describe("a cutter", () => {
  let heard: string[];
  let server: Server;

  beforeEach(async () => {
    heard = [];
    server = createServer((socket) => {
      const read = createMessageReader();
      socket.on("error", () => undefined);
      socket.on("data", (bytes: Buffer) => {
        heard.push(...read(bytes));
        socket.write("done");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(() => server.close());

  /** Says COMMIT on a connection of its own: the answer, or nothing when it is cut. */
  function commit(port: number): Promise<string> {
    return new Promise((resolve) => {
      let answer = "";
      const socket = connect(port, "127.0.0.1", () => socket.write(startUp));
      socket.on("data", (bytes: Buffer) => {
        if (answer === "" && bytes.length === 4) {
          answer = " ";
          return void socket.write(message("Q", "COMMIT"));
        }
        answer = bytes.toString();
        socket.end();
      });
      socket.on("error", () => undefined).on("close", () => resolve(answer.trim()));
    });
  }

  test("cuts every second COMMIT, by turns before it is heard and before it is answered", async () => {
    const cutter = await startCommitCutter((server.address() as AddressInfo).port);
    const answers: string[] = [];
    for (let n = 0; n < 8; n++) answers.push(await commit(cutter.port));
    expect(answers).toEqual(["", "done", "", "done", "", "done", "", "done"]);
    expect(cutter.cut).toEqual({ before: 2, after: 2 });
    expect(heard).toHaveLength(6);
    await cutter.close();
  });
});
