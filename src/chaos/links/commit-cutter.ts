import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export type CommitCutter = {
  port: number;
  /** Commits whose connection was cut before the server got them, and after it had carried them out. */
  readonly cut: { before: number; after: number };
  close(): Promise<void>;
};

/**
 * Passes connections on to PostgreSQL and cuts every second one that says COMMIT: by turns before the server hears of it, and when its answer is on the way. Who has said
 * it can tell neither from the other.
 */
export async function startCommitCutter(postgresPort: number): Promise<CommitCutter> {
  const cut = { before: 0, after: 0 };
  const open = new Set<Socket>();
  let commits = 0;
  const server = createServer((client) => {
    const upstream = connect(postgresPort, "127.0.0.1");
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on("error", end).on("close", () => {
        open.delete(socket);
        end();
      });
      socket.setNoDelay(true);
    }
    const messages = createMessageReader();
    let isAnswerLost = false;
    client.on("data", (bytes: Buffer) => {
      if (!messages(bytes).includes("COMMIT") || commits++ % 2 === 1) return void upstream.write(bytes);
      if (commits % 4 === 1) {
        cut.before += 1;
        return end();
      }
      isAnswerLost = true;
      return void upstream.write(bytes);
    });
    upstream.on("data", (bytes: Buffer) => {
      if (!isAnswerLost) return void client.write(bytes);
      cut.after += 1;
      return end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/**
 * Tells the texts of the simple queries in what a client sends (PostgreSQL's message flow: a start-up message without a type, then a byte of type, four of length, the
 * body). Messages may come in pieces.
 */
export function createMessageReader(): (bytes: Buffer) => string[] {
  let rest: Buffer = Buffer.alloc(0);
  let isStarted = false;
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    const queries: string[] = [];
    for (;;) {
      const head = isStarted ? 1 : 0;
      if (rest.length < head + 4) return queries;
      const length = head + rest.readInt32BE(head);
      if (rest.length < length) return queries;
      if (isStarted && rest[0] === 0x51) queries.push(rest.subarray(5, length - 1).toString("utf8"));
      rest = rest.subarray(length);
      isStarted = true;
    }
  };
}
