import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** What a pipe says when its reader has hung up. */
const hungUp = new Set<unknown>(["EPIPE", "ERR_STREAM_PREMATURE_CLOSE", "ECONNRESET"]);

/** Streams `input` into a process. That the process hangs up is no fault of the input; the input's own error is thrown, whatever its code. */
export async function feedInput(
  input: AsyncIterable<Uint8Array>,
  stdin: Writable,
  onMove: () => void,
): Promise<void> {
  let failed: { error: unknown } | undefined;
  async function* watched(): AsyncGenerator<Uint8Array> {
    try {
      for await (const bytes of input) {
        onMove();
        yield bytes;
      }
    } catch (error) {
      failed = { error };
      throw error;
    }
  }
  try {
    await pipeline(watched(), stdin);
  } catch (error) {
    if (failed) throw failed.error;
    if (!hungUp.has((error as NodeJS.ErrnoException).code)) throw error;
  }
}
