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
  const reader = new MergeReader(vocabulary, prefix, where, list.length)
  list.forEach((item, index) => reader.read(item, index))
  return reader.merges
}

class MergeReader {
  readonly merges: MergeTable
  readonly #vocabulary: Vocabulary
  readonly #prefix: string
  readonly #where: string
  readonly #joined: Uint8Array
  #rank = 0
  #result = -1

  constructor(vocabulary: Vocabulary, prefix: string, where: string, count: number) {
    this.merges = new MergeTable(count)
    this.#vocabulary = vocabulary
    this.#prefix = prefix
    this.#where = where
    this.#joined = new Uint8Array(2 * vocabulary.longest)
  }

  read(item: unknown, index: number): void {
    if (typeof item === 'string') {
      if (item.startsWith('#version')) return
      const space = item.indexOf(' ')
      if (space > 0 && space + 1 < item.length && item.indexOf(' ', space + 1) < 0) {
        this.#add(item, space, item, space + 1, index)
        return
      }
    } else if (Array.isArray(item) && item.length === 2) {
      const [first, second] = item as readonly unknown[]
      if (typeof first === 'string' && typeof second === 'string' && first && second) {
        this.#add(first, first.length, second, 0, index)
        return
      }
    }
    const rule = 'two parts that are not empty, a pair or one string with a space'
    throw badMerge(`${this.#where}[${index}]`, rule, item)
  }

  /** Adds the merge of what `first` has up to `end` and what `second` has from `start` on. */
  #add(first: string, end: number, second: string, start: number, index: number): void {
    const left = this.#vocabulary.find(first, 0, end)
    const right = this.#vocabulary.find(second, start, second.length)
    if (left < 0 || right < 0 || this.#prefix !== '') {
      this.#addSlowly(first.slice(0, end), second.slice(start), index)
      return
    }
    const joined = this.#joined
    const vocabulary = this.#vocabulary
    const size = vocabulary.copyBytes(right, joined, vocabulary.copyBytes(left, joined, 0))
    this.#result = vocabulary.findNext(joined, size, this.#result)
    if (this.#result < 0) this.#addSlowly(first.slice(0, end), second.slice(start), index)
    else this.merges.set(left, right, this.#rank++, this.#result)
  }

  #addSlowly(left: string, right: string, index: number): void {
    const at = `${this.#where}[${index}]`
    const idOf = (token: string): number => {
      const id = this.#vocabulary.idOf(token)
      if (id !== undefined) return id
      throw badMerge(at, `of tokens in the vocabulary, which lacks ${show(token)}`, [left, right])
    }
    const leftId = idOf(left)
    const rightId = idOf(right)
    if (right.length < this.#prefix.length) {
      const rule = `a right part no shorter than the prefix ${show(this.#prefix)}`
      throw badMerge(at, rule, [left, right])
    }
    const result = idOf(left + right.slice(this.#prefix.length))
    this.merges.set(leftId, rightId, this.#rank++, result)
  }
}

function badMerge(where: string, rule: string, got: unknown): TokenizerError {
  return new TokenizerError('ERR_TOKENIZER_MERGES', `${where}: must be ${rule}; got ${show(got)}.`)
}
