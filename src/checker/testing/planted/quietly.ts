/** A call that is refused or fails, as with the bug or without it: the history has it. */
export async function swallow(call: Promise<unknown>): Promise<void> {
  await call.catch(() => undefined);
}

export function isDone(pageToken: string): boolean {
  return pageToken === "";
}
