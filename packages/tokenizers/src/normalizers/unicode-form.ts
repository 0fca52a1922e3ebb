import { AlignedWriter, type AlignedText } from '../aligned-text.ts'
import { laterNormalized } from '../unicode-history.ts'
import { normalizeCharacters, type UnicodeForm } from './canonical-order.ts'
import type { Normalizer } from './normalizer.ts'

// A text of these alone is in every form.
const changeable = /[^\0-\x9f]/
const stretches = /[\0-\x9f]?[^\0-\x9f]+/g
// JavaScript knows a later Unicode, and sorts long runs of marks in quadratic time.
const notForEngine = new RegExp(`${laterNormalized}|[\\p{M}\\u{ff9e}\\u{ff9f}]{32}`, 'v')

/** `text` in a normalization form of Unicode 9. */
export function toUnicodeForm(text: string, form: UnicodeForm): string {
  if (!changeable.test(text)) return text
  if (!notForEngine.test(text)) return text.normalize(form)
  let result = ''
  for (const code of normalizeCharacters(text, form).codes) result += String.fromCodePoint(code)
  return result
}

/** `aligned` in a normalization form of Unicode 9. */
export function alignUnicodeForm(aligned: AlignedText, form: UnicodeForm): AlignedText {
  const { text } = aligned
  if (toUnicodeForm(text, form) === text) return aligned
  const writer = new AlignedWriter(aligned)
  // Nothing of a stretch combines with what is before or after it.
  for (const { 0: stretch, index } of text.matchAll(stretches)) {
    if (toUnicodeForm(stretch, form) === stretch) continue
    writer.copyTo(index)
    const { codes, changes } = normalizeCharacters(stretch, form)
    codes.forEach((code, i) => writer.put(String.fromCodePoint(code), changes[i]!))
  }
  writer.copyTo(text.length)
  return writer.finish()
}

/** NFC, NFD, NFKC and NFKD. */
export function unicodeForm(form: UnicodeForm): Normalizer {
  return {
    normalize: (text) => toUnicodeForm(text, form),
    align: (text) => alignUnicodeForm(text, form),
    toJSON: () => ({ type: form }),
  }
}
