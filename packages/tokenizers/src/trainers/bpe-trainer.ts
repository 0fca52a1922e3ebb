import { compareCodePoints } from '../code-point-order.ts'
import { MergeWords } from './merge-words.ts'
import type { Pace } from './pace.ts'
import type { CheckedOptions } from './trainer-options.ts'
import type { WordCounts } from './word-counts.ts'

// Between two looks at the clock.
const WORDS_A_LOOK = 1024

/** What BPE learns: tokens in the order of their ids, and pairs of tokens in the order they are merged. */
export interface LearntMerges {
  readonly tokens: readonly string[]
  readonly merges: readonly (readonly [left: string, right: string])[]
}

/** Learns byte pairs as the reference does: again and again the most frequent pair, of equals the one with lower ids. */
export async function trainBPE(
  counted: WordCounts,
  options: CheckedOptions,
  pace: Pace,
): Promise<LearntMerges> {
  const tokens = new Tokens()
  for (const { content } of options.specialTokens) tokens.add(content)
  for (const character of await alphabetOf(counted, options, pace)) tokens.add(character)
  await pace.rest('alphabet', 0, counted.words.length)
  const { symbols, begins } = await spell(counted, tokens, options, pace)
  const words = new MergeWords(symbols, begins, counted.counts, {
    lengths: new Array<number>(tokens.list.length).fill(1),
    maxLength: options.maxTokenLength ?? Infinity,
  })
  await words.countPairs(pace)
  const { vocabSize, minFrequency } = options
  const prefix = options.continuingSubwordPrefix ?? ''
  const merges: [number, number][] = []
  const rest = () => (pace.isDue ? pace.rest('merges', tokens.list.length, vocabSize) : undefined)
  while (tokens.list.length < vocabSize) {
    const top = words.pop()
    if (!top || top.count < Math.max(1, minFrequency)) break
    const { left, right } = top
    const end = tokens.list[right]!
    const merged = tokens.list[left]! + (end.startsWith(prefix) ? end.slice(prefix.length) : end)
    merges.push([left, right])
    await words.merge(left, right, tokens.add(merged), top.words, rest)
    await rest()
  }
  await pace.rest('merges', tokens.list.length, tokens.list.length)
  return { tokens: tokens.list, merges: lastOfEach(merges, tokens.list) }
}

class Tokens {
  readonly list: string[] = []
  readonly #ids = new Map<string, number>()

  /** The id of a token, a new one if it has none. */
  add(token: string): number {
    let id = this.#ids.get(token)
    if (id === undefined) {
      id = this.list.length
      this.list.push(token)
      this.#ids.set(token, id)
    }
    return id
  }

  has(token: string): boolean {
    return this.#ids.has(token)
  }
}

/** The characters of all words by code point; with a limit the most frequent, of equals the lowest. */
async function alphabetOf(
  { words, counts }: WordCounts,
  options: CheckedOptions,
  pace: Pace,
): Promise<string[]> {
  const alphabet = new Map<string, number>()
  for (let i = 0; i < words.length; i++) {
    for (const character of words[i]!) {
      alphabet.set(character, (alphabet.get(character) ?? 0) + counts[i]!)
    }
    if (i % WORDS_A_LOOK === 0 && pace.isDue) await pace.rest('alphabet', 0, words.length)
  }
  for (const character of options.initialAlphabet) alphabet.set(character, Infinity)
  const byRank = ([a, countA]: [string, number], [b, countB]: [string, number]) =>
    countA === countB ? compareCodePoints(a, b) : countB - countA
  return [...alphabet]
    .sort(byRank)
    .slice(0, options.limitAlphabet)
    .map(([character]) => character)
    .sort(compareCodePoints)
}

/** Spells all words in symbols; characters outside the alphabet leave no trace. */
async function spell(
  { words }: WordCounts,
  tokens: Tokens,
  { continuingSubwordPrefix: prefix = '', endOfWordSuffix: suffix = '' }: CheckedOptions,
  pace: Pace,
): Promise<{ symbols: Int32Array; begins: Int32Array }> {
  let units = 0
  for (const word of words) units += word.length
  const symbols = new Int32Array(units)
  const begins = new Int32Array(words.length + 1)
  let size = 0
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    begins[i] = size
    let at = 0
    for (const character of word) {
      const isFirst = at === 0
      at += character.length
      if (!tokens.has(character)) continue
      const symbol = (isFirst ? '' : prefix) + character + (at === word.length ? suffix : '')
      symbols[size++] = tokens.add(symbol)
    }
    if (i % WORDS_A_LOOK === 0 && pace.isDue) await pace.rest('alphabet', i, words.length)
  }
  begins[words.length] = size
  return { symbols: symbols.slice(0, size), begins }
}

/** A pair may be merged twice, when its token can be made in several ways; as in the reference the last time counts. */
function lastOfEach(
  merges: readonly (readonly [number, number])[],
  tokens: readonly string[],
): [string, string][] {
  const last = new Map<number, number>()
  const key = ([left, right]: readonly [number, number]) => left * tokens.length + right
  merges.forEach((pair, i) => {
    last.set(key(pair), i)
  })
  return merges
    .filter((pair, i) => last.get(key(pair)) === i)
    .map(([left, right]) => [tokens[left]!, tokens[right]!])
}
