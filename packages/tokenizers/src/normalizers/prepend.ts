import type { Normalizer } from './normalizer.ts'

/** Puts a text before every text that is not empty. */
export function prepend(prefix: string): Normalizer {
  return { normalize: (text) => (text === '' ? text : prefix + text) }
}
