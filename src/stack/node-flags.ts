/**
 * How Node runs every service, here and in the Dockerfile. The halves of the young generation are 4 MiB instead of 16: calls that are held for long are copied at each collection, and a pause of
 * 7 to 12 ms becomes one of 3 to 5, which `make bench-overload` sees in the p99 of refusals.
 */
export const serviceFlags: readonly string[] = ["--max-semi-space-size=4"];
