import type { Normalizer } from './normalizer.ts'

/** The Unicode normalization forms. */
export type UnicodeForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD'

// A text of ASCII alone is in every form; nothing below U+00A0 decomposes.
const changeable = /[^\0-\x9f]/

/** NFC, NFD, NFKC and NFKD. */
export function unicodeForm(form: UnicodeForm): Normalizer {
  return { normalize: (text) => (changeable.test(text) ? text.normalize(form) : text) }
}
