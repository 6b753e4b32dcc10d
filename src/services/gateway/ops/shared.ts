/** Answers all who ask while `load` runs, and for `ms` after its start, with the same: any number of open pages costs the sources what one does. */
export function shared<T>(ms: number, load: () => Promise<T>): () => Promise<T> {
  let current: { answer: Promise<T>; startedAt: number } | undefined;
  return () => {
    const now = performance.now();
    if (current === undefined || now - current.startedAt >= ms) {
      const next = { answer: load(), startedAt: now };
      current = next;
      next.answer.catch(() => {
        if (current === next) current = undefined;
      });
    }
    return current.answer;
  };
}
