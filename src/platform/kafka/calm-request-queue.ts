import RequestQueue from "kafkajs/src/network/requestQueue";

/** What is asked again while requests wait and the broker slows nobody down, in milliseconds; as kafkajs has it. */
const lookEveryMs = 10;

let isCalm = false;

/**
 * Keeps kafkajs 2.2.4 from looking a thousand times a second for requests that wait, on each connection to a broker, for as long as the process runs: with nothing waiting and
 * no throttling its next look is due 1 ms from now (a negative delay, of which Node 24 warns). It was most of what an idle service did. Looks are planned only while something waits:
 * nothing begins to wait without planning one, and each answer has a look of its own. To go with a release that has https://github.com/tulios/kafkajs/pull/1667.
 */
export function calmRequestQueues(): void {
  if (isCalm) return;
  isCalm = true;
  RequestQueue.prototype.scheduleCheckPendingRequests = function () {
    if (this.throttleCheckTimeoutId || this.pending.length === 0) return;
    const throttledMs = this.throttledUntil - Date.now();
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      Math.max(throttledMs, lookEveryMs),
    );
  };
}
