import { alignedText } from '../aligned-text.ts'
import { toByteCharacters } from '../byte-alphabet.ts'
import { show, TokenizerError } from '../errors.ts'
import type { Normalizer } from '../normalizers/normalizer.ts'
import { ByteLevel } from '../pre-tokenizers/byte-level.ts'
import { onePiece, type Pieces, type PreTokenizer } from '../pre-tokenizers/pieces.ts'
import { wellFormed } from '../unicode.ts'
import type { Pace } from './pace.ts'

/** Texts to train on, one by one or in batches. */
export type TrainingTexts =
  | Iterable<string | readonly string[]>
  | AsyncIterable<string | readonly string[]>

/** Different words, in the order in which they were first met, and how often each was. */
export interface WordCounts {
  readonly words: readonly string[]
  readonly counts: readonly number[]
}

/** Counts the words that the normalizer and the pre-tokenizers make of all texts. */
export async function countWords(
  texts: TrainingTexts,
  normalizer: Normalizer | undefined,
  preTokenizers: readonly PreTokenizer[],
  pace: Pace,
): Promise<WordCounts> {
  const words = new Words(normalizer, preTokenizers)
  let done = 0
  const take = (text: unknown) => {
    if (typeof text !== 'string')
      throw badTexts('hold strings, or arrays of strings', text, `text ${done}`)
    words.read(wellFormed(text))
    done++
  }
  for await (const item of interruptible(texts, pace.signal)) {
    for (const text of Array.isArray(item) ? item : [item]) {
      take(text)
      if (pace.isDue) await pace.rest('words', done, undefined)
    }
  }
  await pace.rest('words', done, done)
  return words.finish()
}

class Words {
  readonly #normalizer: Normalizer | undefined
  readonly #preTokenizers: readonly PreTokenizer[]
  // Bytes are written as characters once per word, not once per place.
  readonly #byteLevel: ByteLevel | undefined
  readonly #needsOffsets: boolean
  readonly #places = new Map<string, number>()
  readonly #counts: number[] = []

  constructor(normalizer: Normalizer | undefined, preTokenizers: readonly PreTokenizer[]) {
    this.#normalizer = normalizer
    const last = preTokenizers.at(-1)
    this.#byteLevel = last instanceof ByteLevel ? last : undefined
    this.#preTokenizers = this.#byteLevel ? preTokenizers.slice(0, -1) : preTokenizers
    this.#needsOffsets = preTokenizers.some(({ usesOffsets }) => usesOffsets)
  }

  read(text: string): void {
    const pieces = this.#needsOffsets ? this.#aligned(text) : this.#plain(text)
    for (const preTokenizer of this.#preTokenizers) preTokenizer.apply(pieces)
    this.#byteLevel?.cut(pieces)
    const { bounds } = pieces
    for (let i = 0; i < bounds.length; i += 2) {
      const word = pieces.text.slice(bounds[i], bounds[i + 1])
      const place = this.#places.get(word)
      if (place !== undefined) this.#counts[place]!++
      else {
        this.#places.set(unlinked(word), this.#counts.length)
        this.#counts.push(1)
      }
    }
  }

  finish(): WordCounts {
    const words = [...this.#places.keys()]
    return { words: this.#byteLevel ? words.map(toByteCharacters) : words, counts: this.#counts }
  }

  #plain(text: string): Pieces {
    return onePiece(this.#normalizer ? this.#normalizer.normalize(text) : text, true)
  }

  #aligned(text: string): Pieces {
    const original = alignedText(text)
    const normal = this.#normalizer ? this.#normalizer.align(original) : original
    return { ...onePiece(normal.text, true), starts: normal.starts, ends: normal.ends }
  }
}

// A slice keeps the whole text that it was cut from alive, a string made of units does not.
function unlinked(word: string): string {
  if (word.length <= 12) return word
  let copy = ''
  for (let from = 0; from < word.length; from += 4096) {
    const to = Math.min(from + 4096, word.length)
    const units = new Array<number>(to - from)
    for (let i = from; i < to; i++) units[i - from] = word.charCodeAt(i)
    copy += String.fromCharCode(...units)
  }
  return copy
}

/** The items of `texts`; an abort ends the wait for the next one, and the source is told when nobody reads on. */
async function* interruptible(
  texts: TrainingTexts,
  signal: AbortSignal | undefined,
): AsyncGenerator<unknown, void> {
  signal?.throwIfAborted()
  const source = texts as Partial<Iterable<unknown> & AsyncIterable<unknown>>
  if (typeof texts === 'string') throw badTexts('be an iterable of strings', texts)
  if (typeof source?.[Symbol.asyncIterator] !== 'function') {
    if (typeof source?.[Symbol.iterator] !== 'function')
      throw badTexts('be an iterable of strings', texts)
    yield* source as Iterable<unknown>
    return
  }
  const iterator = source[Symbol.asyncIterator]!()
  let reject: (reason: unknown) => void = () => {}
  const onAbort = () => reject(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  let ended = false
  try {
    for (;;) {
      const result = await new Promise<IteratorResult<unknown>>((resolve, refuse) => {
        reject = refuse
        iterator.next().then(resolve, refuse)
      })
      if (result.done) {
        ended = true
        return
      }
      yield result.value
    }
  } finally {
    signal?.removeEventListener('abort', onAbort)
    // A source that hangs must not hold up the error; its own failure to stop tells nobody anything.
    if (!ended) iterator.return?.().then(undefined, () => {})
  }
}

function badTexts(rule: string, got: unknown, where = 'texts'): TokenizerError {
  return new TokenizerError(
    'ERR_TOKENIZER_INPUT',
    `trainTokenizer: ${where} must ${rule}; got ${show(got)}.`,
  )
}
