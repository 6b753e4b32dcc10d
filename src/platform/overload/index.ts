export { AdaptiveLimit, type AdaptiveLimitOptions } from "./adaptive-limit";
export { Limiter, type LimiterOptions, type RefusalReason, type Slot, type Waiting } from "./limiter";
export { PriorityQueue } from "./priority-queue";
export { TokenBuckets, type TokenBucketsOptions } from "./token-buckets";
