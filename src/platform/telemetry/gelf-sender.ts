import { connect, type Socket } from "node:net";
import { gelfFrame, encodeGelf } from "./gelf-encode";

/** What the sender counts; the worker keeps these in shared memory. */
export type GelfEvent = "sent" | "bufferFull" | "connectionLost" | "stopping" | "invalid";

export type GelfSenderOptions = {
  /** `host:port`. */
  address: string;
  /** Frames kept while the server is away or slow; beyond it the oldest goes. Default 20,000. */
  maxLines?: number;
  /** The same bound in bytes. Default 8 MiB. */
  maxBytes?: number;
  /** First and longest wait between connection attempts, in milliseconds. Defaults 250 and 10,000. */
  minRetryMs?: number;
  maxRetryMs?: number;
  count: (event: GelfEvent, lines: number) => void;
  connected: (is: boolean) => void;
};

/** Unsent bytes in the socket above which frames wait in our buffer, where they can be counted and dropped. */
const socketHighWater = 256 * 1024;
/** `max_message_size` of Graylog's TCP input: what is longer it throws away. The bounds of `GelfFields` leave room for all but texts of control characters. */
const maxFrameBytes = 2 * 1024 * 1024;

/**
 * Sends GELF frames over TCP. Disconnected: frames gather in a bounded buffer and attempts to connect are repeated with growing
 * waits. Connected: the buffer drains as fast as the socket takes it. Ended: what is buffered is sent while the
 * given time lasts.
 *
 * TCP acknowledges nothing to us: bytes that the socket held when its connection broke are counted as `connectionLost`, those that the
 * system's own buffer held are gone uncounted.
 */
export class GelfSender {
  readonly #options: Required<GelfSenderOptions>;
  readonly #host: string;
  readonly #port: number;
  #queue: Buffer[] = [];
  #head = 0;
  #queuedBytes = 0;
  /** Frames handed to the socket whose write has not called back. */
  #inSocket = 0;
  #socket: Socket | undefined;
  #open = false;
  #retryMs: number;
  #retry: NodeJS.Timeout | undefined;
  #ended: (() => void) | undefined;

  constructor(options: GelfSenderOptions) {
    this.#options = {
      maxLines: 20_000,
      maxBytes: 8 * 1024 * 1024,
      minRetryMs: 250,
      maxRetryMs: 10_000,
      ...options,
    };
    const colon = options.address.lastIndexOf(":");
    this.#host = options.address.slice(0, colon).replace(/^\[|\]$/g, "");
    this.#port = Number(options.address.slice(colon + 1));
    this.#retryMs = this.#options.minRetryMs;
    this.#connect();
  }

  /** Takes one pino line; never waits. */
  send(line: string): void {
    const message = encodeGelf(line);
    if (!message) return this.#options.count("invalid", 1);
    const frame = gelfFrame(message);
    if (frame.length > maxFrameBytes) return this.#options.count("invalid", 1);
    this.#queue.push(frame);
    this.#queuedBytes += frame.length;
    while (this.#waiting() > this.#options.maxLines || this.#queuedBytes > this.#options.maxBytes) {
      this.#take();
      this.#options.count("bufferFull", 1);
    }
    this.#pump();
  }

  /** Sends what is left for at most `budgetMs`, then closes; the rest counts as `stopping`. */
  async end(budgetMs: number): Promise<void> {
    if (this.#waiting() > 0 || this.#inSocket > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, budgetMs);
        this.#ended = () => {
          clearTimeout(timer);
          resolve();
        };
        this.#reconnectNow();
        this.#pump();
      });
    }
    clearTimeout(this.#retry);
    const left = this.#waiting() + this.#inSocket;
    if (left > 0) this.#options.count("stopping", left);
    this.#queue = [];
    this.#inSocket = 0;
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.removeAllListeners("close");
    socket.end(() => socket.destroy());
    // A server that never answers the FIN must not keep the thread.
    setTimeout(() => socket.destroy(), 500).unref();
  }

  #waiting(): number {
    return this.#queue.length - this.#head;
  }

  #take(): Buffer | undefined {
    const frame = this.#queue[this.#head];
    if (!frame) return undefined;
    this.#queue[this.#head++] = Buffer.alloc(0);
    this.#queuedBytes -= frame.length;
    // Array.shift moves the whole array; cutting off the spent half now and then does not.
    if (this.#head > 1_024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    return frame;
  }

  #pump(): void {
    const socket = this.#socket;
    if (!socket || !this.#open) return;
    while (socket.writableLength < socketHighWater) {
      const frame = this.#take();
      if (!frame) break;
      this.#inSocket++;
      socket.write(frame, (error) => {
        // After a close the frames in the socket were counted there.
        if (error || socket !== this.#socket) return;
        this.#inSocket--;
        this.#options.count("sent", 1);
        if (this.#waiting() === 0 && this.#inSocket === 0) this.#ended?.();
      });
    }
  }

  #connect(): void {
    const socket = connect({ host: this.#host, port: this.#port, noDelay: true, keepAlive: true });
    this.#socket = socket;
    // A host that swallows packets would otherwise hold the attempt for minutes.
    socket.setTimeout(10_000, () => {
      if (!this.#open) socket.destroy();
    });
    socket.on("connect", () => {
      socket.setTimeout(0);
      this.#open = true;
      this.#retryMs = this.#options.minRetryMs;
      this.#options.connected(true);
      this.#pump();
    });
    socket.on("drain", () => this.#pump());
    // The server says nothing on this port; reading is what notices its end.
    socket.resume();
    socket.on("error", () => undefined);
    socket.on("close", () => this.#closed(socket));
  }

  #closed(socket: Socket): void {
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    if (this.#open) this.#options.connected(false);
    this.#open = false;
    if (this.#inSocket > 0) this.#options.count("connectionLost", this.#inSocket);
    this.#inSocket = 0;
    this.#retry = setTimeout(() => this.#connect(), this.#retryMs * (0.5 + Math.random() / 2));
    this.#retryMs = Math.min(this.#retryMs * 2, this.#options.maxRetryMs);
  }

  #reconnectNow(): void {
    if (this.#socket) return;
    clearTimeout(this.#retry);
    this.#connect();
  }
}
