import { utf8 } from '../byte-alphabet.ts'
import { show, TokenizerError } from '../errors.ts'
import {
  asArray,
  asString,
  boolField,
  countField,
  field,
  malformed,
  type JsonObject,
} from '../json.ts'
import { tokenizeByteCharacters } from './byte-pieces.ts'
import type { Model, Tokens } from './model.ts'
import { PrefixTrie } from './prefix-trie.ts'
import { referenceNumber } from './reference-number.ts'
import { turnPath } from './turn-path.ts'
import { WordCache } from './word-cache.ts'

/** What a Unigram model is made of; see `readUnigram`. */
export interface UnigramParts {
  /** The tokens by id; of a token given twice the last id counts. */
  readonly tokens: readonly string[]
  /** The logarithm of each token's probability. */
  readonly scores: Float64Array
  readonly unkId: number | undefined
  readonly byteFallback: boolean
}

// How much worse than the worst token an unknown character is.
const UNK_PENALTY = 10
// Scores up to here are precise enough for the penalty to count.
const SURE = 1e6
// The arrays of a longer piece are not kept.
const KEPT = 1 << 16

/** SentencePiece's language model: the tokens whose scores have the greatest sum. */
export class Unigram implements Model {
  readonly kind = 'Unigram'
  readonly #parts: UnigramParts
  readonly #ids = new Map<string, number>()
  readonly #trie = new PrefixTrie()
  readonly #cache = new WordCache()
  readonly #fallbackIds = new Int32Array(256).fill(-1)
  readonly #unkScore: number
  // False where a token that spells unknown characters would have been found before they were.
  readonly #looksUpUnknown: boolean
  #best = new Float64Array(0)
  #from = new Int32Array(0)
  #id = new Int32Array(0)

  constructor(parts: UnigramParts, where = 'Unigram') {
    this.#parts = parts
    let lowest = Infinity
    parts.tokens.forEach((token, id) => {
      this.#ids.set(token, id)
      this.#trie.add(token, id, where)
      lowest = Math.min(lowest, parts.scores[id]!)
    })
    this.#unkScore = lowest - UNK_PENALTY
    this.#looksUpUnknown = parts.byteFallback || lowest > 0 || lowest < -SURE
    for (let byte = 0; byte < 256; byte++) {
      const hex = byte.toString(16).toUpperCase().padStart(2, '0')
      this.#fallbackIds[byte] = this.#ids.get(`<0x${hex}>`) ?? -1
    }
  }

  get size(): number {
    return this.#parts.tokens.length
  }

  /** Unknown text is written as it is. */
  get spelledId(): number | undefined {
    return this.#parts.unkId
  }

  idOf(token: string): number | undefined {
    return this.#ids.get(token)
  }

  tokenOf(id: number): string | undefined {
    return this.#parts.tokens[id]
  }

  tokenize(text: string, start: number, end: number, out: Tokens): void {
    if (start === end) return
    const { ids, spans } = out
    if (!spans && this.#cache.copy(text, start, end, ids)) return
    const from = ids.length
    this.#findBest(text, start, end)
    turnPath(this.#from, this.#id, end - start)
    this.#write(text, start, end - start, out)
    if (!spans) this.#cache.add(text, start, end, ids, from)
    if (this.#best.length > KEPT) {
      this.#best = new Float64Array(0)
      this.#from = this.#id = new Int32Array(0)
    }
  }

  tokenizeBytes(text: string, start: number, end: number, out: Tokens): void {
    tokenizeByteCharacters(this, text, start, end, out)
  }

  entries(): Iterable<readonly [token: string, id: number]> {
    return this.#ids.entries()
  }

  toJSON(): unknown {
    const { tokens, scores, unkId, byteFallback } = this.#parts
    return {
      type: 'Unigram',
      unk_id: unkId ?? null,
      vocab: tokens.map((token, id) => [token, scores[id]]),
      byte_fallback: byteFallback,
    }
  }

  /** Fills, for each place behind a character, the best last token and the sum of scores up to there. */
  #findBest(text: string, start: number, end: number): void {
    const size = end - start
    this.#reserve(size + 1)
    const best = this.#best
    const from = this.#from
    const ids = this.#id
    const trie = this.#trie
    const { scores } = this.#parts
    best[0] = 0
    for (let at = 0; at < size; ) {
      // Sums go from the left and a later path must be better, not as good: so ties fall as in the reference.
      const sum = best[at]!
      const width = isHigh(text.charCodeAt(start + at)) && at + 1 < size ? 2 : 1
      let hasCharacter = false
      let node = trie.root
      for (let to = at; to < size; ) {
        node = trie.step(node, text.charCodeAt(start + to))
        if (node < 0) break
        to++
        const id = trie.valueAt(node)
        if (id < 0) continue
        const candidate = scores[id]! + sum
        if (from[to]! < 0 || candidate > best[to]!) {
          best[to] = candidate
          from[to] = at
          ids[to] = id
        }
        if (to - at === width) hasCharacter = true
      }
      if (!hasCharacter) {
        const candidate = this.#unkScore + sum
        const to = at + width
        if (from[to]! < 0 || candidate > best[to]!) {
          best[to] = candidate
          from[to] = at
          ids[to] = this.#unkId(text, start + at)
        }
      }
      at += width
    }
  }

  #write(text: string, start: number, size: number, out: Tokens): void {
    const { unkId } = this.#parts
    for (let at = 0; at < size; ) {
      const id = this.#id[at]!
      let to = this.#from[at]!
      if (id === unkId) {
        while (to < size && this.#id[to] === unkId) to = this.#from[to]!
        this.#writeUnknown(text, start, at, to, out)
      } else {
        out.ids.push(id)
        out.spans?.push(at, to)
      }
      at = to
    }
  }

  /** Unknown characters in a row are one token, or all their bytes. */
  #writeUnknown(text: string, start: number, at: number, to: number, out: Tokens): void {
    const { unkId, byteFallback } = this.#parts
    const { ids, spans } = out
    if (!this.#looksUpUnknown) {
      ids.push(unkId!)
      spans?.push(at, to)
      return
    }
    const unknown = text.slice(start + at, start + to)
    const known = this.#ids.get(unknown)
    if (known === undefined && byteFallback) {
      const { bytes, size } = utf8(unknown)
      let complete = true
      for (let i = 0; i < size && complete; i++) complete = this.#fallbackIds[bytes[i]!]! >= 0
      if (complete) {
        for (let i = 0; i < size; i++) {
          ids.push(this.#fallbackIds[bytes[i]!]!)
          spans?.push(at, to)
        }
        return
      }
    }
    ids.push(known ?? unkId!)
    spans?.push(at, to)
  }

  #unkId(text: string, at: number): number {
    const { unkId } = this.#parts
    if (unkId !== undefined) return unkId
    throw new TokenizerError(
      'ERR_TOKENIZER_FORMAT',
      `Unigram: unk_id must be given when a character has no token; got none for ` +
        `${show(String.fromCodePoint(text.codePointAt(at)!))}.`,
    )
  }

  #reserve(places: number): void {
    if (this.#best.length < places) {
      const length = Math.max(places, 256)
      this.#best = new Float64Array(length)
      this.#from = new Int32Array(length)
      this.#id = new Int32Array(length)
    }
    this.#from.fill(-1, 0, places)
  }
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff

/** Builds a Unigram model from the `model` object of a tokenizer.json. */
export function readUnigram(object: JsonObject, where: string): Unigram {
  const list = asArray(field(object, 'vocab'), `${where}.vocab`)
  if (list.length > 2 ** 24) {
    throw new TokenizerError(
      'ERR_TOKENIZER_LIMIT',
      `${where}.vocab: may hold ${2 ** 24} tokens at most; got ${list.length}.`,
    )
  }
  const scores = new Float64Array(list.length)
  const tokens = list.map((item, id) => {
    const at = `${where}.vocab[${id}]`
    const pair = asArray(item, at)
    if (pair.length !== 2) throw malformed(at, 'a token and its score', item)
    if (!Number.isFinite(pair[1])) throw malformed(`${at}[1]`, 'a finite number', pair[1])
    scores[id] = referenceNumber(pair[1] as number)
    return asString(pair[0], `${at}[0]`)
  })
  const unkId = field(object, 'unk_id') ?? undefined
  if (unkId !== undefined && countField(object, 'unk_id', where) >= tokens.length) {
    throw new TokenizerError(
      'ERR_TOKENIZER_ID_RANGE',
      `${where}.unk_id: must be the id of one of the ${tokens.length} tokens; got ${show(unkId)}.`,
    )
  }
  return new Unigram(
    {
      tokens,
      scores,
      unkId: unkId as number | undefined,
      byteFallback: boolField(object, 'byte_fallback', where, false),
    },
    `${where}.vocab`,
  )
}
