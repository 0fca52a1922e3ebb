import { readSentencePieceDecoder } from '../files/sentencepiece/sentencepiece-decoder.ts'
import {
  asArray,
  asObject,
  asString,
  boolField,
  countField,
  field,
  malformed,
  stringField,
  unsupported,
} from '../json.ts'
import { readPattern } from '../pattern.ts'
import { readPrependScheme, readReplacement } from '../pre-tokenizers/read-pre-tokenizer.ts'
import { bpeDecoder } from './bpe-decoder.ts'
import { byteFallback } from './byte-fallback.ts'
import { byteLevel } from './byte-level.ts'
import { ctc } from './ctc.ts'
import type { Decoder } from './decoder.ts'
import { fuse } from './fuse.ts'
import { joinWithSpaces } from './join-with-spaces.ts'
import { metaspace } from './metaspace.ts'
import { replace } from './replace.ts'
import { sequence } from './sequence.ts'
import { strip } from './strip.ts'
import { wordPiece } from './word-piece.ts'

const supported =
  'ByteLevel WordPiece Metaspace BPEDecoder CTC Fuse Strip Replace ByteFallback Sequence'.split(' ')

/** Builds the decoder of a tokenizer.json; null joins the tokens with spaces. */
export function readDecoder(value: unknown, where: string): Decoder {
  if (value === null || value === undefined) return joinWithSpaces
  const object = asObject(value, where)
  const type = asString(field(object, 'type'), `${where}.type`)
  const text = (key: string, fallback: string): string =>
    stringField(object, key, where) ?? fallback
  switch (type) {
    case 'ByteLevel':
      return byteLevel({
        type,
        add_prefix_space: boolField(object, 'add_prefix_space', where, true),
        trim_offsets: boolField(object, 'trim_offsets', where, true),
        use_regex: boolField(object, 'use_regex', where, true),
      })
    case 'WordPiece':
      return wordPiece(text('prefix', '##'), boolField(object, 'cleanup', where, true))
    case 'BPEDecoder':
      return bpeDecoder(text('suffix', '</w>'))
    case 'CTC':
      return ctc({
        pad_token: text('pad_token', '<pad>'),
        word_delimiter_token: text('word_delimiter_token', '|'),
        cleanup: boolField(object, 'cleanup', where, true),
      })
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
      return metaspace({
        replacement: readReplacement(object, where),
        prepend_scheme: readPrependScheme(object, where),
        split: boolField(object, 'split', where, true),
      })
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
