import { readSentencePieceNormalizer } from '../files/sentencepiece/sentencepiece-normalizer.ts'
import { asArray, asObject, asString, boolField, field, unsupported } from '../json.ts'
import { readPattern } from '../pattern.ts'
import { lowercase } from './lowercase.ts'
import type { Normalizer } from './normalizer.ts'
import { prepend } from './prepend.ts'
import { replace } from './replace.ts'
import { sequence } from './sequence.ts'
import { strip } from './strip.ts'
import { unicodeForm } from './unicode-form.ts'

const supported = 'NFC NFD NFKC NFKD Lowercase Strip Replace Prepend Sequence'.split(' ')

/** Builds the normalizer of a tokenizer.json; null means none. */
export function readNormalizer(value: unknown, where: string): Normalizer | undefined {
  if (value === null || value === undefined) return undefined
  const object = asObject(value, where)
  const type = asString(field(object, 'type'), `${where}.type`)
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
    case 'Replace':
      return replace(
        readPattern(object, where),
        asString(field(object, 'content'), `${where}.content`),
      )
    case 'Prepend':
      return prepend(asString(field(object, 'prepend'), `${where}.prepend`))
    case 'SentencePiece':
      return readSentencePieceNormalizer(object, where)
    case 'Sequence': {
      const items = asArray(field(object, 'normalizers'), `${where}.normalizers`)
      const parts = items.map((item, i) => readNormalizer(item, `${where}.normalizers[${i}]`))
      return sequence(parts.filter((part) => part !== undefined))
    }
  }
  throw unsupported(where, `the normalizer ${type}`, supported)
}
