import { AppError } from "../../platform/errors";
import type { CallContext, Handlers } from "../../platform/grpc";

/** Bytes that are no message. */
export const malformed = Buffer.from([0xff]);

/** Messages are texts, so that the soak is about calls and not about their content. */
const text = {
  encode: (message: string) => ({ finish: () => Buffer.from(message) }),
  decode(bytes: Uint8Array): string {
    if (bytes[0] === 0xff) throw new Error("These bytes are no message.");
    return Buffer.from(bytes).toString();
  },
} as const;

const method = <Name extends string, Many extends boolean, Answers extends boolean>(
  name: Name,
  requestStream: Many,
  responseStream: Answers,
) => ({ name, requestType: text, requestStream, responseType: text, responseStream });

/** A method of each kind. */
export const SoakService = {
  name: "SoakService",
  fullName: "alexandrite.soak.v1.SoakService",
  methods: {
    ask: method("Ask", false, false),
    collect: method("Collect", true, false),
    list: method("List", false, true),
    talk: method("Talk", true, true),
  },
} as const;

export const kinds = ["ask", "collect", "list", "talk"] as const;
export type Kind = (typeof kinds)[number];

export const largestMessage = 16_384;

/** What a handler can be asked for; it is the text of the request. */
export type Wish =
  "ok" | "refuse" | "throw" | "throw at once" | "return nothing" | "hang" | "fail late" | "overflow";

/** Handlers that do what the request says, or the metadata before it is read. */
export const soakHandlers: Handlers<typeof SoakService> = {
  ask: (wish, call) => {
    atOnce(call);
    return perform(wish, call).then(() => answerTo(wish));
  },
  collect: (wishes, call) => {
    atOnce(call);
    return (async () => {
      let last = "";
      for await (const wish of wishes) await perform((last = wish), call);
      return answerTo(last);
    })();
  },
  list: (wish, call) => {
    atOnce(call);
    return (async function* () {
      yield answerTo(wish);
      await perform(wish, call);
      yield answerTo(wish);
    })();
  },
  talk: (wishes, call) => {
    atOnce(call);
    return (async function* () {
      for await (const wish of wishes) {
        yield answerTo(wish);
        await perform(wish, call);
      }
    })();
  },
};

function atOnce({ metadata: { wish } }: CallContext): void {
  if (wish === "throw at once") throw new Error("boom");
}

function answerTo(wish: string): string {
  if (wish === "return nothing") return undefined as never;
  return wish === "overflow" ? "x".repeat(largestMessage + 1) : wish;
}

async function perform(wish: string, call: CallContext): Promise<void> {
  if (wish === "refuse") {
    throw new AppError({ category: "not_found", reason: "NO_SUCH_THING", message: "There is no such thing" });
  }
  if (wish === "throw") throw new Error("boom", { cause: new Error("the reason why") });
  if (wish !== "hang" && wish !== "fail late") return;
  await new Promise<void>((resolve) => {
    if (call.signal.aborted) resolve();
    else call.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  if (wish === "fail late") await new Promise((resolve) => setTimeout(resolve, 2));
  throw wish === "hang" ? call.signal.reason : new Error("too late");
}
