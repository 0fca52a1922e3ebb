import { show, TokenizerError } from '../errors.ts'
import { asArray, boolField, field, malformed, stringField } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { BPE } from './bpe.ts'
import { MergeTable } from './merge-table.ts'
import { readVocabulary, type Vocabulary } from './vocabulary.ts'

const MAX_MERGES = 4_000_000

/** Builds a BPE model from the `model` object of a tokenizer.json. */
export function readBPE(object: JsonObject, where: string): BPE {
  const vocabulary = readVocabulary(field(object, 'vocab'), `${where}.vocab`)
  const prefix = stringField(object, 'continuing_subword_prefix', where)
  return new BPE({
    vocabulary,
    merges: readMerges(field(object, 'merges'), vocabulary, prefix ?? '', `${where}.merges`),
    dropout: readDropout(field(object, 'dropout'), `${where}.dropout`),
    unkToken: stringField(object, 'unk_token', where),
    fuseUnk: boolField(object, 'fuse_unk', where, false),
    byteFallback: boolField(object, 'byte_fallback', where, false),
    ignoreMerges: boolField(object, 'ignore_merges', where, false),
    continuingSubwordPrefix: prefix,
    endOfWordSuffix: stringField(object, 'end_of_word_suffix', where),
  })
}

function readDropout(value: unknown, where: string): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number' && value >= 0 && value <= 1) return value
  throw malformed(where, 'null or a number from 0 to 1', value)
}

function readMerges(
  value: unknown,
  vocabulary: Vocabulary,
  prefix: string,
  where: string,
): MergeTable {
  if (value instanceof MergeTable) return value
  const list = asArray(value, where)
  if (list.length > MAX_MERGES) {
    throw new TokenizerError(
      'ERR_TOKENIZER_LIMIT',
      `${where}: may hold ${MAX_MERGES} merges at most; got ${list.length}.`,
    )
  }
  const merges = new MergeTable(list.length)
  let rank = 0
  let result = -1
  for (let i = 0; i < list.length; i++) {
    const item = list[i]
    if (typeof item === 'string') {
      const space = item.indexOf(' ')
      if (space <= 0 || space + 1 === item.length || item.indexOf(' ', space + 1) >= 0) {
        if (item.startsWith('#version')) continue
        throw badPair(item, where, i)
      }
      if (space === 8 && item.startsWith('#version')) continue
      const left = vocabulary.find(item, 0, space)
      const right = vocabulary.find(item, space + 1, item.length)
      const parts = () => [item.slice(0, space), item.slice(space + 1)] as const
      if (left < 0) throw lacks(parts()[0], parts(), where, i)
      if (right < 0) throw lacks(parts()[1], parts(), where, i)
      result = resultOf(vocabulary, left, right, prefix, result, parts, where, i)
      merges.set(left, right, rank++, result)
      continue
    }
    if (!Array.isArray(item) || item.length !== 2) throw badPair(item, where, i)
    const [first, second] = item as readonly unknown[]
    if (typeof first !== 'string' || typeof second !== 'string' || !first || !second) {
      throw badPair(item, where, i)
    }
    const parts = () => [first, second] as const
    const left = vocabulary.find(first, 0, first.length)
    if (left < 0) throw lacks(first, parts(), where, i)
    const right = vocabulary.find(second, 0, second.length)
    if (right < 0) throw lacks(second, parts(), where, i)
    result = resultOf(vocabulary, left, right, prefix, result, parts, where, i)
    merges.set(left, right, rank++, result)
  }
  return merges
}

function resultOf(
  vocabulary: Vocabulary,
  left: number,
  right: number,
  prefix: string,
  last: number,
  parts: () => readonly [string, string],
  where: string,
  index: number,
): number {
  if (prefix === '') {
    // Most files number results in the order of merges; comparing costs less than looking up.
    const result = vocabulary.findJoined(left, right, 0, last + 1)
    if (result >= 0) return result
  }
  const [first, second] = parts()
  if (second.length < prefix.length) {
    const rule = `a right part no shorter than the prefix ${show(prefix)}`
    throw badMerge(`${where}[${index}]`, rule, parts())
  }
  const joined = first + second.slice(prefix.length)
  const result = vocabulary.idOf(joined)
  if (result === undefined) throw lacks(joined, parts(), where, index)
  return result
}

function badPair(item: unknown, where: string, index: number): TokenizerError {
  const rule = 'two parts that are not empty, a pair or one string with a space'
  return badMerge(`${where}[${index}]`, rule, item)
}

function lacks(
  token: string,
  parts: readonly [string, string],
  where: string,
  index: number,
): TokenizerError {
  return badMerge(
    `${where}[${index}]`,
    `of tokens in the vocabulary, which lacks ${show(token)}`,
    parts,
  )
}

function badMerge(where: string, rule: string, got: unknown): TokenizerError {
  return new TokenizerError('ERR_TOKENIZER_MERGES', `${where}: must be ${rule}; got ${show(got)}.`)
}
