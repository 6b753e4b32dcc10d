/** Counters that the GELF worker writes and the main thread reads, as positions in a shared array. */
export const gelfCounters = {
  sent: 0,
  bufferFull: 1,
  connectionLost: 2,
  stopping: 3,
  invalid: 4,
  connected: 5,
} as const;
