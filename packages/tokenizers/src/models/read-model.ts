import { show } from '../errors.ts'
import { readSentencePieceModel } from '../files/sentencepiece/sentencepiece-model.ts'
import { asObject, field, malformed, stringField, unsupported, type JsonObject } from '../json.ts'
import type { Model } from './model.ts'
import { readBPE } from './read-bpe.ts'
import { readUnigram } from './unigram.ts'
import { readWordLevel } from './word-level.ts'
import { readWordPiece } from './word-piece.ts'

const readers = new Map<string, (object: JsonObject, where: string) => Model>([
  ['BPE', readBPE],
  ['WordPiece', readWordPiece],
  ['WordLevel', readWordLevel],
  ['Unigram', readUnigram],
  ['SentencePiece', readSentencePieceModel],
])

/** Builds the model of a tokenizer.json. */
export function readModel(value: unknown, where: string): Model {
  if (value === undefined) throw malformed(where, 'present', value)
  const object = asObject(value, where)
  const type = stringField(object, 'type', where) ?? guessType(object, where)
  const read = readers.get(type)
  if (!read) throw unsupported(where, `the model ${show(type)}`, [...readers.keys()])
  return read(object, where)
}

// Old files do not name the type; the fields tell, as the reference tries them.
function guessType(object: JsonObject, where: string): string {
  const has = (...names: string[]) => names.every((name) => field(object, name) !== undefined)
  if (has('vocab', 'merges')) return 'BPE'
  if (has('vocab', 'unk_token', 'continuing_subword_prefix', 'max_input_chars_per_word'))
    return 'WordPiece'
  if (has('vocab', 'unk_token')) return 'WordLevel'
  if (Array.isArray(field(object, 'vocab'))) return 'Unigram'
  throw unsupported(where, 'a model without type and the fields of one', [...readers.keys()])
}
