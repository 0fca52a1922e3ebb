export { DynamicCache } from './dynamic-cache.ts'
export { CacheFullError } from './errors.ts'
export type { KVCache, KVCacheConfig, KVDType, KVLayer } from './kv-cache.ts'
export { StaticCache, type StaticCacheOptions } from './static-cache.ts'
