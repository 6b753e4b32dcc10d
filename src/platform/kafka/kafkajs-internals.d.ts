/** The queue of one connection to a broker; private to kafkajs, as of 2.2.4. */
declare module "kafkajs/src/network/requestQueue" {
  class RequestQueue {
    pending: unknown[];
    /** Milliseconds since the epoch; -1: never throttled. */
    throttledUntil: number;
    throttleCheckTimeoutId: NodeJS.Timeout | null;
    checkPendingRequests(): void;
    scheduleCheckPendingRequests(): void;
  }
  export = RequestQueue;
}
