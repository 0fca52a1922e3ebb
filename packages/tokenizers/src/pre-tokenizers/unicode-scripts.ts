import { laterScripted } from '../unicode-history.ts'
import type { PreTokenizer } from './pieces.ts'
import { replaceBounds } from './split-pieces.ts'

// The scripts of Unicode 9. Characters of later ones go with whatever they stand beside, as the space does.
const names =
  'Latin Common Han Hiragana Katakana Cyrillic Arabic Hangul Inherited Greek Hebrew Devanagari Thai Bengali ' +
  'Tamil Armenian Georgian Bopomofo Coptic Syriac Thaana Nko Samaritan Mandaic Gurmukhi Gujarati Oriya Telugu ' +
  'Kannada Malayalam Sinhala Lao Tibetan Myanmar Ethiopic Cherokee Canadian_Aboriginal Ogham Runic Tagalog ' +
  'Hanunoo Buhid Tagbanwa Khmer Mongolian Limbu Tai_Le New_Tai_Lue Buginese Tai_Tham Balinese Sundanese Batak ' +
  'Lepcha Ol_Chiki Braille Glagolitic Tifinagh Yi Lisu Vai Bamum Syloti_Nagri Phags_Pa Saurashtra Kayah_Li ' +
  'Rejang Javanese Cham Tai_Viet Meetei_Mayek Linear_B Lycian Carian Old_Italic Gothic Old_Permic Ugaritic ' +
  'Old_Persian Deseret Shavian Osmanya Osage Elbasan Caucasian_Albanian Linear_A Cypriot Imperial_Aramaic ' +
  'Palmyrene Nabataean Hatran Phoenician Lydian Meroitic_Hieroglyphs Meroitic_Cursive Kharoshthi ' +
  'Old_South_Arabian Old_North_Arabian Manichaean Avestan Inscriptional_Parthian Inscriptional_Pahlavi ' +
  'Psalter_Pahlavi Old_Turkic Old_Hungarian Brahmi Kaithi Sora_Sompeng Chakma Mahajani Sharada Khojki Multani ' +
  'Khudawadi Grantha Newa Tirhuta Siddham Modi Takri Ahom Warang_Citi Pau_Cin_Hau Bhaiksuki Marchen Cuneiform ' +
  'Egyptian_Hieroglyphs Anatolian_Hieroglyphs Mro Bassa_Vah Pahawh_Hmong Miao Tangut Duployan SignWriting ' +
  'Mende_Kikakui Adlam'

const ANY = 0
const HAN = 1

let tests: (readonly [script: number, regex: RegExp])[] | undefined
let later: RegExp
const scripts = new Map<number, number>()

// Characters that Unicode has moved to another script since.
const moved: readonly [code: number, script: string][] = [
  [0x589, 'Common'],
  [0x61c, 'Common'],
  [0x953, 'Devanagari'],
  [0x954, 'Devanagari'],
]

/** A number for the script of a character, the Japanese ones as one with Han. */
function scriptOf(code: number): number {
  let script = scripts.get(code)
  if (script === undefined) scripts.set(code, (script = findScript(code)))
  return script
}

function findScript(code: number): number {
  if (code === 0x20) return ANY
  if (code === 0x30fc) return HAN
  const japanese = ['Han', 'Hiragana', 'Katakana']
  const numberOf = (name: string, i: number) => (japanese.includes(name) ? HAN : i + 2)
  const list = names.split(' ')
  const newName = moved.find(([at]) => at === code)?.[1]
  if (newName) return numberOf(newName, list.indexOf(newName))
  later ??= new RegExp(laterScripted, 'v')
  tests ??= list.map((name, i) => [numberOf(name, i), new RegExp(`\\p{Script=${name}}`, 'v')])
  const character = String.fromCodePoint(code)
  if (later.test(character)) return ANY
  return tests.find(([, regex]) => regex.test(character))?.[0] ?? ANY
}

/** Cuts where the script changes. */
export function unicodeScripts(): PreTokenizer {
  return {
    apply(pieces) {
      const { text, bounds } = pieces
      const result: number[] = []
      for (let i = 0; i < bounds.length; i += 2) {
        const end = bounds[i + 1]!
        let start = -1
        // The script of the character before, and of the last one that has any.
        let last = -1
        for (let at = bounds[i]!; at < end; ) {
          const code = text.codePointAt(at)!
          const script = scriptOf(code)
          if (script !== ANY && script !== last) {
            if (start >= 0) result.push(start, at)
            start = at
          }
          if (script !== ANY) last = script
          at += code > 0xffff ? 2 : 1
        }
        if (start >= 0) result.push(start, end)
      }
      replaceBounds(pieces, result)
    },
    toJSON: () => ({ type: 'UnicodeScripts' }),
  }
}
