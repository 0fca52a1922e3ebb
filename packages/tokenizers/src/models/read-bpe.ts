import { show, TokenizerError } from '../errors.ts'
import { asArray, boolField, field, stringField, unsupported, type JsonObject } from '../json.ts'
import { BPE } from './bpe.ts'
import { MergeTable } from './merge-table.ts'
import { readVocabulary, type Vocabulary } from './vocabulary.ts'

const MAX_MERGES = 4_000_000
const MARK = '\u2581'

/** Builds a BPE model from the `model` object of a tokenizer.json. */
export function readBPE(object: JsonObject, where: string): BPE {
  const dropout = field(object, 'dropout') ?? 0
  if (dropout !== 0)
    throw unsupported(`${where}.dropout`, `dropout ${show(dropout)}`, ['null', '0'])
  const vocabulary = readVocabulary(field(object, 'vocab'), `${where}.vocab`)
  const prefix = stringField(object, 'continuing_subword_prefix', where) ?? ''
  const suffix = stringField(object, 'end_of_word_suffix', where) ?? ''
  const unkToken = stringField(object, 'unk_token', where)
  const { merges, mayJoin } = readMerges(
    field(object, 'merges'),
    vocabulary,
    prefix,
    unkToken,
    `${where}.merges`,
  )
  const cuts = mayJoin && !prefix && !suffix && vocabulary.idOf(MARK) !== undefined
  return new BPE({
    json: object,
    vocabulary,
    merges,
    unkToken,
    fuseUnk: boolField(object, 'fuse_unk', where, false),
    byteFallback: boolField(object, 'byte_fallback', where, false),
    ignoreMerges: boolField(object, 'ignore_merges', where, false),
    continuingSubwordPrefix: prefix,
    endOfWordSuffix: suffix,
    cut: cuts ? (piece) => cutBeforeMarks(piece, mayJoin) : undefined,
  })
}

function readMerges(
  value: unknown,
  vocabulary: Vocabulary,
  prefix: string,
  unkToken: string | undefined,
  where: string,
): { merges: MergeTable; mayJoin: ReadonlySet<number> | undefined } {
  const list = asArray(value, where)
  if (list.length > MAX_MERGES) {
    throw new TokenizerError(
      'ERR_TOKENIZER_LIMIT',
      `${where}: may hold ${MAX_MERGES} merges at most; got ${list.length}.`,
    )
  }
  const merges = new MergeTable(list.length)
  // The last code units of all left parts of merges whose right part begins with the mark.
  let mayJoin: Set<number> | undefined = new Set()
  let rank = 0
  let resultId = -1
  for (let i = 0; i < list.length; i++) {
    const item = list[i]
    if (typeof item === 'string' && item.startsWith('#version')) continue
    const [left, right] = readPair(item, where, i)
    const leftId = idOrThrow(vocabulary, left, left, right, where, i)
    const rightId = idOrThrow(vocabulary, right, left, right, where, i)
    if (right.length < prefix.length) {
      throw badMerge(
        `${where}[${i}]`,
        `a right part no shorter than the prefix ${show(prefix)}`,
        item,
      )
    }
    // Most files number results in the order of merges; comparing costs less than looking up.
    const guess = prefix === '' ? vocabulary.tokenOf(resultId + 1) : undefined
    if (
      guess?.length === left.length + right.length &&
      guess.startsWith(left) &&
      guess.endsWith(right)
    ) {
      resultId++
    } else {
      const result = left + right.slice(prefix.length)
      resultId = idOrThrow(vocabulary, result, left, right, where, i)
    }
    merges.set(leftId, rightId, rank++, resultId)
    if (mayJoin && right.startsWith(MARK)) {
      // Unknown and byte tokens end in another character than the text they stand for.
      if (left === unkToken || /^<0x[0-9A-F]{2}>$/.test(left)) mayJoin = undefined
      else mayJoin.add(left.charCodeAt(left.length - 1))
    }
  }
  return { merges, mayJoin }
}

function readPair(item: unknown, where: string, index: number): readonly [string, string] {
  let pair: readonly unknown[] | undefined
  if (typeof item === 'string') {
    const space = item.indexOf(' ')
    if (space >= 0 && item.indexOf(' ', space + 1) < 0) {
      pair = [item.slice(0, space), item.slice(space + 1)]
    }
  } else if (Array.isArray(item) && item.length === 2) pair = item
  if (pair && pair.every((part) => typeof part === 'string' && part !== '')) {
    return pair as readonly [string, string]
  }
  throw badMerge(
    `${where}[${index}]`,
    'two parts that are not empty, a pair or one string with a space',
    item,
  )
}

function idOrThrow(
  vocabulary: Vocabulary,
  token: string,
  left: string,
  right: string,
  where: string,
  index: number,
): number {
  const id = vocabulary.idOf(token)
  if (id !== undefined) return id
  throw badMerge(`${where}[${index}]`, `of tokens in the vocabulary, which lacks ${show(token)}`, [
    left,
    right,
  ])
}

function badMerge(where: string, rule: string, got: unknown): TokenizerError {
  return new TokenizerError('ERR_TOKENIZER_MERGES', `${where}: must be ${rule}; got ${show(got)}.`)
}

/**
 * SentencePiece files have no pre-tokenizer: a whole text is one piece. Where no merge joins the character before a
 * word mark with the mark, the two sides never meet, so words can be done (and remembered) one by one.
 */
function cutBeforeMarks(piece: string, mayJoin: ReadonlySet<number>): string[] | undefined {
  let words: string[] | undefined
  let start = 0
  for (let at = piece.indexOf(MARK, 1); at >= 0; at = piece.indexOf(MARK, at + 1)) {
    if (mayJoin.has(piece.charCodeAt(at - 1))) continue
    words ??= []
    words.push(piece.slice(start, at))
    start = at
  }
  words?.push(piece.slice(start))
  return words
}
