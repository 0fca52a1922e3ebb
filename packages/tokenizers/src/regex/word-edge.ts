import { CharacterTable } from '../character-table.ts'
import { word } from './properties.ts'

const table = new CharacterTable([new RegExp(`[${word}]`, 'u')])

/** True when the character that starts at `at` is a word character to Oniguruma. */
export function isWordAt(text: string, at: number): boolean {
  return at < text.length && table.classOf(text.codePointAt(at)!) === 1
}

/** True when the character that ends before `at` is one. */
export function isWordBefore(text: string, at: number): boolean {
  if (at === 0) return false
  const low = text.charCodeAt(at - 1)
  const wide = at > 1 && low >= 0xdc00 && low <= 0xdfff
  return table.classOf(wide ? text.codePointAt(at - 2)! : low) === 1
}
