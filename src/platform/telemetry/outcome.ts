/** How one call ended: settled once, then handed to the metric, the span and the log alike. */
export type Outcome = {
  /** The status in the protocol's words: `OK`, `NOT_FOUND`, `200`, `499`. */
  code: string;
  error?: unknown;
  seconds: number;
  messagesIn?: number;
  messagesOut?: number;
  bytesIn?: number;
  bytesOut?: number;
};
