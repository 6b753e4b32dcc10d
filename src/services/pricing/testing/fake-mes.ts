import { descriptorSet } from "../../../gen/descriptors";
import {
  type JobLease,
  MesWorkerServiceDefinition,
  type WorkRequest,
  type WorkResponse,
} from "../../../gen/alexandrite/mes/v1/mes_worker";
import { defineConfig } from "../../../platform/config";
import { createServer, grpcServerConfig, MessageQueue } from "../../../platform/grpc";
import { createTestHost } from "../../../platform/testing";

type Said = NonNullable<WorkRequest["message"]>;
type Case = Said["$case"];
export type Answer = NonNullable<WorkResponse["message"]>;

/** MES's door for workers, driven by hand. */
export type FakeMes = {
  readonly address: string;
  /** Everything that workers said, over all streams. */
  readonly heard: Said[];
  /** Streams opened so far. */
  readonly sessions: number;
  /** The next message of this kind that was not taken before; throws when it does not come. */
  next<C extends Case>(kind: C): Promise<Extract<Said, { $case: C }>>;
  answer(message: Answer): void;
  lease(lease: JobLease): void;
  /** Ends the stream that is open. */
  hangUp(): void;
  close(): Promise<void>;
};

export async function startFakeMes(port = 0): Promise<FakeMes> {
  const host = createTestHost("fake-mes");
  const heard: Said[] = [];
  const untaken: Said[] = [];
  let answers = new MessageQueue<WorkResponse>();
  let sessions = 0;
  const config = defineConfig({ grpc: grpcServerConfig })({
    GRPC_PORT: String(port),
    GRPC_STOP_NOTICE_MS: "0",
    GRPC_DRAIN_MS: "200",
  }).grpc;
  const authenticate = async () => ({ role: "service" as const, id: "pricing", name: "pricing" });
  const server = createServer(host, config, { authenticate, descriptors: descriptorSet });
  server.add(MesWorkerServiceDefinition, {
    async *work(requests) {
      // What was answered before the first stream waits for it.
      if (sessions > 0) answers = new MessageQueue<WorkResponse>();
      const mine = answers;
      sessions += 1;
      const listening = (async () => {
        for await (const { message } of requests) {
          if (!message) continue;
          heard.push(message);
          untaken.push(message);
        }
        mine.end();
      })();
      listening.catch(() => mine.end());
      yield* mine;
    },
  });
  await host.own(server.listen());

  const fake: FakeMes = {
    address: `127.0.0.1:${server.port}`,
    heard,
    get sessions() {
      return sessions;
    },
    async next(kind) {
      for (const giveUpAt = Date.now() + 15_000; ;) {
        const at = untaken.findIndex(({ $case }) => $case === kind);
        if (at >= 0) return untaken.splice(0, at + 1).at(-1) as never;
        if (Date.now() > giveUpAt) throw new Error(`No worker said ${kind}.`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    answer: (message) => answers.push({ message }),
    lease: (value) => fake.answer({ $case: "lease", value }),
    hangUp: () => answers.end(),
    close: () => host.close(),
  };
  return fake;
}
