import type { Normalizer } from './normalizer.ts'

/** Lower case, one character at a time: unlike JavaScript's, a final capital sigma is like any other. */
export function lowercase(): Normalizer {
  return { normalize: (text) => text.replaceAll('\u03a3', '\u03c3').toLowerCase() }
}
