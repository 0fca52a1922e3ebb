import { HeddleError } from '@heddle/tensor'

/** A step that does not fit into what is left of a cache (`ERR_CACHE_FULL`). */
export class CacheFullError extends HeddleError {
  constructor(message: string, details: { length: number; maxLength: number; tokens: number }) {
    super('ERR_CACHE_FULL', message, { details })
  }
}
