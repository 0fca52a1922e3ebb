import { AlignedWriter, removeMatches, type AlignedText } from '../aligned-text.ts'
import { nonspacingMarks, otherCharacters } from '../unicode-history.ts'
import { alignLowerCase, toLowerCase } from './lowercase.ts'
import type { Normalizer } from './normalizer.ts'
import { alignUnicodeForm, toUnicodeForm } from './unicode-form.ts'
import { UnitMap } from './unit-map.ts'

/** The settings of a BertNormalizer. */
export interface BertNormalizerOptions {
  readonly cleanText: boolean
  readonly handleChineseChars: boolean
  /** Null means as `lowercase`. */
  readonly stripAccents: boolean | null
  readonly lowercase: boolean
}

const removed = new RegExp(`[[${otherCharacters}\\0\\ufffd]--[\\t\\n\\r]]+`, 'gv')
const spaces = /[\t\n\r\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/g
const accents = new RegExp(`${nonspacingMarks}+`, 'gv')
const chinese =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu

// Below this the steps one by one are as fast.
const SHORT = 32

// What no step but lower case touches.
const plain = /^[\x20-\x7e]*$/

/** BERT's clean-up: control characters, spaces, ideographs, accents, case. */
export function bertNormalizer(options: BertNormalizerOptions): Normalizer {
  const { cleanText, handleChineseChars, lowercase } = options
  const stripAccents = options.stripAccents ?? lowercase
  const normalize = (text: string): string => {
    if (!plain.test(text)) {
      if (cleanText) text = text.replaceAll(removed, '').replaceAll(spaces, ' ')
      if (handleChineseChars) text = text.replaceAll(chinese, ' $& ')
      if (stripAccents) text = toUnicodeForm(text, 'NFD').replaceAll(accents, '')
    }
    return lowercase ? toLowerCase(text) : text
  }
  const map = new UnitMap(normalize)
  return {
    normalize: (text) =>
      text.length < SHORT || plain.test(text) ? normalize(text) : map.normalize(text),
    align(aligned) {
      if (!plain.test(aligned.text)) {
        if (cleanText) {
          aligned = removeMatches(aligned, removed)
          aligned = { ...aligned, text: aligned.text.replaceAll(spaces, ' ') }
        }
        if (handleChineseChars) aligned = spreadChinese(aligned)
        if (stripAccents) aligned = removeMatches(alignUnicodeForm(aligned, 'NFD'), accents)
      }
      return lowercase ? alignLowerCase(aligned) : aligned
    },
    toJSON: () => ({
      type: 'BertNormalizer',
      clean_text: cleanText,
      handle_chinese_chars: handleChineseChars,
      strip_accents: options.stripAccents,
      lowercase,
    }),
  }
}

function spreadChinese(aligned: AlignedText): AlignedText {
  const writer = new AlignedWriter(aligned)
  for (const { 0: character, index } of aligned.text.matchAll(chinese)) {
    writer.copyTo(index)
    writer.put(' ', 0)
    writer.put(character, 1)
    writer.put(' ', 1)
  }
  if (writer.position === 0) return aligned
  writer.copyTo(aligned.text.length)
  return writer.finish()
}
