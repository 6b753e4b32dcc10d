import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { History, Operation } from "./operation";

/** Reads what recorders have written, from one file or several; of several recorders nobody knows who was first within a millisecond. A last line that a kill has cut off is left out; any other line that is no operation throws. */
export async function readHistory(files: readonly string[]): Promise<History> {
  const operations: Operation[] = [];
  for (const file of files) {
    let broken: { line: number; error: unknown } | undefined;
    let line = 0;
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      line += 1;
      if (text === "") continue;
      if (broken) throw new Error(`${file}:${broken.line} is no operation.`, { cause: broken.error });
      try {
        operations.push(JSON.parse(text) as Operation);
      } catch (error) {
        broken = { line, error };
      }
    }
  }
  return { operations: files.length > 1 ? operations.map(inWholeMs) : operations };
}

function inWholeMs(operation: Operation): Operation {
  const { startedAt, endedAt } = operation;
  return { ...operation, startedAt: Math.floor(startedAt), endedAt: Math.floor(endedAt) };
}
