import { decodeBase64 } from '../base64.ts'
import { readSentencePieceNormalizer } from '../files/sentencepiece/sentencepiece-normalizer.ts'
import {
  asArray,
  asObject,
  asString,
  boolField,
  field,
  unsupported,
  type JsonObject,
} from '../json.ts'
import { readPattern } from '../pattern.ts'
import { bertNormalizer } from './bert-normalizer.ts'
import { byteLevel } from './byte-level.ts'
import { lowercase } from './lowercase.ts'
import { nmt } from './nmt.ts'
import type { Normalizer } from './normalizer.ts'
import { Precompiled } from './precompiled.ts'
import { prepend } from './prepend.ts'
import { replace } from './replace.ts'
import { sequence } from './sequence.ts'
import { stripAccents } from './strip-accents.ts'
import { strip } from './strip.ts'
import { unicodeForm } from './unicode-form.ts'

const supported =
  'NFC NFD NFKC NFKD Lowercase Strip StripAccents Replace Prepend BertNormalizer Nmt Precompiled ByteLevel Sequence'.split(
    ' ',
  )

// Older files leave the type to be told from a field.
const typeOfField: readonly (readonly [key: string, type: string])[] = [
  ['clean_text', 'BertNormalizer'],
  ['strip_left', 'Strip'],
  ['normalizers', 'Sequence'],
  ['precompiled_charsmap', 'Precompiled'],
  ['pattern', 'Replace'],
  ['prepend', 'Prepend'],
]

/** Builds the normalizer of a tokenizer.json; null means none. */
export function readNormalizer(value: unknown, where: string): Normalizer | undefined {
  if (value === null || value === undefined) return undefined
  const object = asObject(value, where)
  const type = typeOf(object, where)
  switch (type) {
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
      return unicodeForm(type)
    case 'Lowercase':
      return lowercase()
    case 'Strip':
      return strip({
        left: boolField(object, 'strip_left', where, true),
        right: boolField(object, 'strip_right', where, true),
      })
    case 'StripAccents':
      return stripAccents()
    case 'Replace':
      return replace(
        readPattern(object, where),
        asString(field(object, 'content'), `${where}.content`),
      )
    case 'Prepend':
      return prepend(asString(field(object, 'prepend'), `${where}.prepend`))
    case 'BertNormalizer':
      return bertNormalizer({
        cleanText: boolField(object, 'clean_text', where, true),
        handleChineseChars: boolField(object, 'handle_chinese_chars', where, true),
        stripAccents:
          (field(object, 'strip_accents') ?? null) === null
            ? null
            : boolField(object, 'strip_accents', where, false),
        lowercase: boolField(object, 'lowercase', where, true),
      })
    case 'Nmt':
      return nmt()
    case 'Precompiled': {
      const at = `${where}.precompiled_charsmap`
      const source = asString(field(object, 'precompiled_charsmap'), at)
      return new Precompiled(decodeBase64(source, at), source, at)
    }
    case 'ByteLevel':
      return byteLevel()
    case 'SentencePiece':
      return readSentencePieceNormalizer(object, where)
    case 'Sequence': {
      const items = asArray(field(object, 'normalizers'), `${where}.normalizers`)
      return sequence(
        items.map((item, i) => {
          const at = `${where}.normalizers[${i}]`
          return readNormalizer(asObject(item, at), at)!
        }),
      )
    }
  }
  throw unsupported(where, `the normalizer ${type}`, supported)
}

function typeOf(object: JsonObject, where: string): string {
  const type = field(object, 'type')
  if (type === undefined) {
    const found = typeOfField.find(([key]) => Object.hasOwn(object, key))
    if (found) return found[1]
  }
  return asString(type, `${where}.type`)
}
