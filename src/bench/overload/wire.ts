import { connect, type Socket } from "node:net";

/** What became of a call: an answer, RESOURCE_EXHAUSTED, another status (it was let in, and its deadline came before its end), or a reset. */
export type Ending = "answered" | "refused" | "failed" | "reset";

/** `grpc-status: 8` as servers write it who may remember no headers: the name in Huffman's code (RFC 7541, appendix B), the value as it is. */
const exhausted = Buffer.from("9acac8b21234da8f0138", "hex");

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const frameHead = 9;
const types = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7 } as const;
const endStream = 1;
const acknowledged = 1;

function frame(type: number, flags: number, stream: number, body: Buffer): Buffer {
  const head = Buffer.alloc(frameHead);
  head.writeUIntBE(body.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, body]);
}

/** A header as HPACK writes one that is not to be remembered (RFC 7541, section 6.2.2); so the same bytes serve every call. */
function literal(name: string, value: string): Buffer {
  const part = (text: string): Buffer => {
    const bytes = Buffer.from(text);
    const size = bytes.length < 127 ? [bytes.length] : [127, bytes.length - 127];
    return Buffer.concat([Buffer.from(size), bytes]);
  };
  return Buffer.concat([Buffer.from([0]), part(name), part(value)]);
}

/** The two frames of a unary call with an empty message; only the number of their stream is written anew for each call. */
export function encodeCall(path: string, metadata: Readonly<Record<string, string>>): Buffer {
  const headers = {
    ":method": "POST",
    ":scheme": "http",
    ":path": path,
    ":authority": "bench",
    te: "trailers",
    "content-type": "application/grpc",
    ...metadata,
  };
  const block = Buffer.concat(Object.entries(headers).map(([name, value]) => literal(name, value)));
  return Buffer.concat([frame(types.headers, 4, 0, block), frame(types.data, endStream, 0, Buffer.alloc(5))]);
}

/**
 * The client half of HTTP/2, as far as calls without a body need it: a real client would cost more than the server that it is to load. It does not read headers: an
 * answer has a DATA frame; of others it looks for the status of a refusal.
 */
export class WireConnection {
  readonly #socket: Socket;
  readonly #onEnd: (stream: number, ending: Ending) => void;
  readonly #answered = new Set<number>();
  #rest: Buffer = Buffer.alloc(0);
  #nextStream = 1;
  #batch: Buffer[] = [];

  private constructor(socket: Socket, onEnd: (stream: number, ending: Ending) => void) {
    this.#socket = socket;
    this.#onEnd = onEnd;
    socket.on("data", (bytes) => this.#read(bytes));
    socket.on("error", () => undefined);
    // A table of headers of size 0, and room for two gigabytes of answers.
    const settings = Buffer.from([0, 1, 0, 0, 0, 0]);
    const window = Buffer.from([0x7f, 0xff, 0, 0]);
    socket.write(Buffer.concat([preface, frame(types.settings, 0, 0, settings), frame(8, 0, 0, window)]));
  }

  static open(port: number, onEnd: (stream: number, ending: Ending) => void): Promise<WireConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () =>
        resolve(new WireConnection(socket, onEnd)),
      );
      socket.once("error", reject);
    });
  }

  /** Adds a call to what `flush` sends. Returns its stream. */
  send(call: Buffer): number {
    const stream = this.#nextStream;
    this.#nextStream += 2;
    const bytes = Buffer.from(call);
    bytes.writeUInt32BE(stream, 5);
    bytes.writeUInt32BE(stream, bytes.length - 5 - 4);
    this.#batch.push(bytes);
    return stream;
  }

  flush(): void {
    if (this.#batch.length === 0) return;
    this.#socket.write(Buffer.concat(this.#batch));
    this.#batch = [];
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    const all = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes;
    let at = 0;
    while (all.length - at >= frameHead) {
      const length = all.readUIntBE(at, 3);
      if (all.length - at < frameHead + length) break;
      const body = all.subarray(at + frameHead, at + frameHead + length);
      this.#take(all[at + 3] ?? 0, all[at + 4] ?? 0, all.readUInt32BE(at + 5) & 0x7fffffff, body);
      at += frameHead + length;
    }
    this.#rest = all.subarray(at);
  }

  #take(type: number, flags: number, stream: number, body: Buffer): void {
    if (type === types.settings && (flags & acknowledged) === 0)
      this.#socket.write(frame(types.settings, acknowledged, 0, Buffer.alloc(0)));
    else if (type === types.ping && (flags & acknowledged) === 0)
      this.#socket.write(frame(types.ping, acknowledged, 0, body));
    else if (type === types.reset) this.#end(stream, "reset");
    else if (type === types.data && body.length > 0) this.#answered.add(stream);
    if ((type === types.headers || type === types.data) && (flags & endStream) !== 0)
      this.#end(
        stream,
        this.#answered.has(stream) ? "answered" : body.includes(exhausted) ? "refused" : "failed",
      );
  }

  #end(stream: number, ending: Ending): void {
    this.#answered.delete(stream);
    this.#onEnd(stream, ending);
  }
}
