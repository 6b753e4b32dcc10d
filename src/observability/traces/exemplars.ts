/** What an exemplar hangs on, and where it leads. */
export type Exemplar = {
  metric: string;
  labels: Record<string, string>;
  /** Of the observation itself: seconds in a latency histogram. */
  value: number;
  traceId: string;
};

/** The exemplars of a page of OpenMetrics text: the end of a sample's line, `# {trace_id="…"} 0.012 1700000000.1`. */
export function exemplarsOf(text: string): Exemplar[] {
  return text.split("\n").flatMap((line): Exemplar[] => {
    const match = /^(\w+)\{(.*)\} \S+(?: \S+)? # \{(.*)\} (\S+)/.exec(line);
    const traceId = labelsOf(match?.[3] ?? "")["trace_id"];
    if (!match || traceId === undefined) return [];
    return [{ metric: match[1]!, labels: labelsOf(match[2]!), value: Number(match[4]), traceId }];
  });
}

function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value]) => [name!, value!]),
  );
}
