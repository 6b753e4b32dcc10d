import { Writable } from "node:stream";
import { gelfCounters } from "./gelf-counters";
import { GelfSender } from "./gelf-sender";

export type GelfWorkerOptions = {
  address: string;
  counters: SharedArrayBuffer;
  maxLines?: number;
  flushMs?: number;
};

/**
 * The entry that pino's transport loads in its worker thread. It always takes what it is given, so that the thread's ring buffer never fills
 * and the service never waits; what does not fit is dropped here and counted.
 */
function openWorker({ address, counters, maxLines, flushMs = 1_500 }: GelfWorkerOptions): Writable {
  const shared = new Int32Array(counters);
  const sender = new GelfSender({
    address,
    ...(maxLines === undefined ? {} : { maxLines }),
    count: (event, lines) => void Atomics.add(shared, gelfCounters[event], lines),
    connected: (is) => void Atomics.store(shared, gelfCounters.connected, is ? 1 : 0),
  });
  let partial = "";
  return new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      const lines = (partial + chunk.toString()).split("\n");
      partial = lines.pop() ?? "";
      for (const line of lines) if (line !== "") sender.send(line);
      done();
    },
    final(done) {
      sender.end(flushMs).then(() => done(), done);
    },
  });
}

// pino loads the worker by its default export or by what `module.exports` is.
module.exports = openWorker;
