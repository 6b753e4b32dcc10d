import { drive, type DriveOptions, driveRaw, driveReset } from "./calls";
import { type Kind, kinds, largestMessage, malformed, type Wish } from "./service";
import type { SoakClient, World } from "./world";

/** One way that a call can end. */
export type Outcome = {
  name: string;
  kinds: readonly Kind[];
  /** How often, relative to the others. */
  weight: number;
  /** What its caller may see. */
  codes: readonly string[];
  run(world: World, kind: Kind): Promise<string>;
};

const streams: readonly Kind[] = ["list", "talk"];
const uploads: readonly Kind[] = ["collect", "talk"];
const large = "x".repeat(largestMessage + 1);

function outcome(name: string, code: string, run: Outcome["run"], rest: Partial<Outcome> = {}): Outcome {
  return { name, kinds, weight: 1, codes: [code], run, ...rest };
}

/** A call by our client, which may listen to a signal that never comes. */
function wished(
  name: string,
  code: string,
  wish: Wish,
  options: DriveOptions = {},
  rest: Partial<Outcome> & { by?: (world: World) => SoakClient } = {},
): Outcome {
  const { by = ({ calls }: World) => calls, ...others } = rest;
  const run: Outcome["run"] = (world, kind) =>
    drive(by(world), kind, wish, { signal: world.patience.signal, ...options });
  return outcome(name, code, run, others);
}

export const outcomes: readonly Outcome[] = [
  wished("ok", "OK", "ok", {}, { weight: 12 }),
  wished("an AppError", "NotFound", "refuse", {}, { weight: 2 }),
  wished("an unknown error", "Internal", "throw"),
  wished("a handler that throws at once", "Internal", "throw at once"),
  wished("a handler that returns nothing", "Internal", "return nothing"),
  wished("the client's deadline", "DeadlineExceeded", "hang", { deadlineMs: 8 }),
  wished("a handler that fails after the end", "DeadlineExceeded", "fail late", { deadlineMs: 8 }),
  outcome("the server's deadline", "DeadlineExceeded", (world, kind) =>
    driveRaw(world, kind, Buffer.from("hang")),
  ),
  outcome("a cancellation", "Canceled", (world, kind) => {
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(), 4);
    return drive(world.calls, kind, "hang", { signal: cancel.signal });
  }),
  wished("an abandoned stream", "abandoned", "hang", { stopAfter: 1 }, { kinds: streams }),
  wished("a source that breaks", "broken", "hang", { breaks: true }, { kinds: uploads }),
  outcome("an unknown method", "Unimplemented", (world, kind) =>
    driveRaw(world, kind, Buffer.alloc(0), "/alexandrite.soak.v1.SoakService/Unheard"),
  ),
  wished("an unknown service", "Unimplemented", "ok", {}, { by: ({ unheard }) => unheard }),
  outcome("malformed bytes", "InvalidArgument", (world, kind) => driveRaw(world, kind, malformed)),
  wished("an oversized request", "ResourceExhausted", "ok", { request: large }),
  wished("an oversized answer", "ResourceExhausted", "overflow"),
  wished("an answer over the client's limit", "ResourceExhausted", "ok", {}, { by: ({ narrow }) => narrow }),
  outcome("a reset of a call that is answered", "reset", (world, kind) => driveReset(world, kind, true)),
  outcome("a reset before the first message", "reset", (world, kind) => driveReset(world, kind, false)),
  outcome("a connection that is cut", "Unavailable", async (world, kind) => {
    // Again and again: on a busy machine the first cut may come before there is a connection.
    const cutting = setInterval(() => world.wire.cut(), 5);
    return drive(world.wired, kind, "hang", { signal: world.patience.signal }).finally(() =>
      clearInterval(cutting),
    );
  }),
];

/** Ends an instance with calls of all kinds under way: half of them may finish, the others are cut off. Returns how many calls that were. */
export async function stopAnInstance({ openInstance, patience }: World): Promise<number> {
  const { server, client } = await openInstance();
  const { signal } = patience;
  const seen = kinds.flatMap((kind) => [
    drive(client, kind, "hang", { signal }),
    drive(client, kind, "ok", { signal }),
  ]);
  await drive(client, "ask", "ok");
  await server.close();
  await Promise.all(seen);
  await client.close();
  return seen.length + 1;
}
