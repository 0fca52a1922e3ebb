import { removeMatches } from '../aligned-text.ts'
import type { Normalizer } from './normalizer.ts'

const removed = /[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]+/g
const spaces = /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/g

/** SentencePiece's nmt rules without NFKC: control characters vanish, many kinds of space become a space. */
export function nmt(): Normalizer {
  return {
    normalize: (text) => text.replaceAll(removed, '').replaceAll(spaces, ' '),
    align(aligned) {
      const kept = removeMatches(aligned, removed)
      return { ...kept, text: kept.text.replaceAll(spaces, ' ') }
    },
    toJSON: () => ({ type: 'Nmt' }),
  }
}
