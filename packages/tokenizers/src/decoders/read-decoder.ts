import { readSentencePieceDecoder } from '../files/sentencepiece/sentencepiece-decoder.ts'
import { asArray, asObject, asString, countField, field, malformed, unsupported } from '../json.ts'
import { readPattern } from '../pattern.ts'
import { readPrependScheme, readReplacement } from '../pre-tokenizers/read-pre-tokenizer.ts'
import { byteFallback } from './byte-fallback.ts'
import { byteLevel } from './byte-level.ts'
import type { Decoder } from './decoder.ts'
import { fuse } from './fuse.ts'
import { joinWithSpaces } from './join-with-spaces.ts'
import { metaspace } from './metaspace.ts'
import { replace } from './replace.ts'
import { sequence } from './sequence.ts'
import { strip } from './strip.ts'

const supported = 'ByteLevel ByteFallback Fuse Strip Replace Metaspace Sequence'.split(' ')

/** Builds the decoder of a tokenizer.json; null joins the tokens with spaces. */
export function readDecoder(value: unknown, where: string): Decoder {
  if (value === null || value === undefined) return joinWithSpaces
  const object = asObject(value, where)
  const type = asString(field(object, 'type'), `${where}.type`)
  switch (type) {
    case 'ByteLevel':
      return byteLevel
    case 'ByteFallback':
      return byteFallback
    case 'Fuse':
      return fuse
    case 'Strip': {
      const content = asString(field(object, 'content'), `${where}.content`)
      if ([...content].length !== 1) throw malformed(`${where}.content`, 'one character', content)
      return strip(content, countField(object, 'start', where), countField(object, 'stop', where))
    }
    case 'Replace':
      return replace(
        readPattern(object, where),
        asString(field(object, 'content'), `${where}.content`),
      )
    case 'Metaspace':
      return metaspace(readReplacement(object, where), readPrependScheme(object, where) !== 'never')
    case 'SentencePiece':
      return readSentencePieceDecoder(object, where)
    case 'Sequence': {
      const items = asArray(field(object, 'decoders'), `${where}.decoders`)
      return sequence(
        items
          .filter((item) => item !== null)
          .map((item, i) => readDecoder(item, `${where}.decoders[${i}]`)),
      )
    }
  }
  throw unsupported(where, `the decoder ${type}`, supported)
}
