export type { Changes, Look } from "./change-feed";
export {
  openVersionedCache,
  withoutCache,
  type CacheOptions,
  type CacheRead,
  type VersionedCache,
} from "./versioned-cache";
