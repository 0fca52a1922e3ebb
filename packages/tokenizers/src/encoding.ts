import { padColumns, readPadding } from './encoding-padding.ts'
import { joinColumns, type TokenColumns } from './token-columns.ts'
import { readSide, truncateColumns } from './truncation.ts'

/** Start and end, exclusive. */
export type Span = [start: number, end: number]

/**
 * The tokens of a text or of a pair of texts. Columns that nobody reads are not made. A position in a text counts
 * Unicode code points, as in the reference; names with `utf16` count UTF-16 units, as JavaScript's strings do.
 */
export class Encoding {
  #columns: TokenColumns
  readonly #tokenOf: (id: number) => string | undefined
  #made: Map<string, unknown> = new Map()

  /** Made by a tokenizer; `tokenOf` is its vocabulary. */
  constructor(columns: TokenColumns, tokenOf: (id: number) => string | undefined) {
    this.#columns = columns
    this.#tokenOf = tokenOf
  }

  /** Number of tokens. */
  get length(): number {
    return this.#columns.length
  }

  get ids(): readonly number[] {
    return this.#columns.values.ids
  }

  /** The text, 0 or 1, that a template says each token is of. */
  get typeIds(): readonly number[] {
    return this.#columns.values.typeIds
  }

  /** 1 for tokens that a template or padding added. */
  get specialTokensMask(): readonly number[] {
    return this.#columns.values.special
  }

  /** 0 for padding. */
  get attentionMask(): readonly number[] {
    return this.#columns.values.attention
  }

  get tokens(): readonly string[] {
    return this.#make('tokens', () => {
      const { ids, written } = this.#columns.values
      return ids.map((id, i) => written?.[i] ?? this.#tokenOf(id) ?? '')
    })
  }

  /** Where each token lies in its text, in code points; with pre-split words, in its word. */
  get offsets(): readonly Span[] {
    return this.#make('offsets', () => pairs(this.#columns.values.points))
  }

  /** Where each token lies in its text, in UTF-16 units: `text.slice(start, end)`. */
  get utf16Offsets(): readonly Span[] {
    return this.#make('utf16Offsets', () => pairs(this.#columns.values.spans))
  }

  /** The index of the word that each token is of; null for tokens of no text. */
  get wordIds(): readonly (number | null)[] {
    return this.#make('wordIds', () =>
      this.#columns.values.words.map((word) => (word < 0 ? null : word)),
    )
  }

  /** The index of the text that each token is of; null for tokens of no text. */
  get sequenceIds(): readonly (number | null)[] {
    return this.#make('sequenceIds', () => {
      const result = new Array<number | null>(this.length).fill(null)
      for (let sequence = 0; sequence < this.nSequences; sequence++) {
        const [start, end] = this.#range(sequence)
        result.fill(sequence, start, end)
      }
      return result
    })
  }

  /** Number of texts. */
  get nSequences(): number {
    return Math.max(1, this.#columns.ranges.size)
  }

  /** What truncation cut off, in parts of the same length. */
  get overflowing(): readonly Encoding[] {
    return this.#make('overflowing', () =>
      this.#columns.overflowing.map((part) => new Encoding(part, this.#tokenOf)),
    )
  }

  /** The token that the character at `position` of a text is in. */
  charToToken(position: number, sequence = 0): number | undefined {
    return this.#tokenAt(this.#columns.values.points, position, sequence)
  }

  /** As `charToToken`, for a position in UTF-16 units. */
  utf16ToToken(position: number, sequence = 0): number | undefined {
    return this.#tokenAt(this.#columns.values.spans, position, sequence)
  }

  /** The word that the character at `position` of a text is in. */
  charToWord(position: number, sequence = 0): number | undefined {
    const token = this.charToToken(position, sequence)
    return token === undefined ? undefined : this.tokenToWord(token)
  }

  /** Where a token lies in its text; undefined for tokens of no text. */
  tokenToChars(token: number): Span | undefined {
    return this.#spanOf(this.#columns.values.points, token)
  }

  /** As `tokenToChars`, in UTF-16 units. */
  tokenToUtf16(token: number): Span | undefined {
    return this.#spanOf(this.#columns.values.spans, token)
  }

  /** The index of the word that a token is of. */
  tokenToWord(token: number): number | undefined {
    const word = this.#columns.values.words[token]
    if (word === undefined || word < 0) return undefined
    return this.tokenToSequence(token) === undefined ? undefined : word
  }

  /** The index of the text that a token is of. */
  tokenToSequence(token: number): number | undefined {
    if (token < 0 || token >= this.length) return undefined
    const { ranges } = this.#columns
    if (ranges.size === 0) return 0
    for (const [sequence, [start, end]] of ranges) {
      if (token >= start && token < end) return sequence
    }
    return undefined
  }

  /** First and last token, exclusive, of a word. */
  wordToTokens(word: number, sequence = 0): Span | undefined {
    const { words } = this.#columns.values
    const [start, end] = this.#range(sequence)
    let first = -1
    let last = -1
    for (let i = start; i < end && words[i]! <= word; i++) {
      if (words[i] !== word || word < 0) continue
      if (first < 0) first = i
      last = i
    }
    return first < 0 ? undefined : [first, last + 1]
  }

  /** Where a word lies in its text. */
  wordToChars(word: number, sequence = 0): Span | undefined {
    return this.#wordSpan(this.#columns.values.points, word, sequence)
  }

  /** As `wordToChars`, in UTF-16 units. */
  wordToUtf16(word: number, sequence = 0): Span | undefined {
    return this.#wordSpan(this.#columns.values.spans, word, sequence)
  }

  /** Keeps `maxLength` tokens; the others come in parts of that length, each with `stride` tokens of the one before. */
  truncate(
    maxLength: number,
    { stride = 0, direction = 'right' }: { stride?: number; direction?: 'left' | 'right' } = {},
  ): void {
    this.#set(truncateColumns(this.#columns, maxLength, stride, readSide(direction, 'direction')))
  }

  /** Adds padding up to `length` tokens, also to what was cut off. */
  pad(
    length: number,
    options: {
      direction?: 'left' | 'right'
      padId?: number
      padTypeId?: number
      padToken?: string
    } = {},
  ): void {
    const padding = readPadding({ ...options, length, padToMultipleOf: undefined }, 'pad')
    this.#set(padColumns(this.#columns, length, padding))
  }

  /** Several encodings as one; with `growingOffsets`, positions go on where those of the one before end. */
  static merge(
    encodings: readonly Encoding[],
    { growingOffsets = true }: { growingOffsets?: boolean } = {},
  ): Encoding {
    const rows = encodings.map((encoding) => encoding.#columns)
    const first = encodings[0]
    const tokenOf = first ? first.#tokenOf : () => undefined
    return new Encoding(joinColumns(rows, growingOffsets), tokenOf)
  }

  #set(columns: TokenColumns): void {
    this.#columns = columns
    this.#made = new Map()
  }

  #make<Value>(name: string, make: () => Value): Value {
    if (!this.#made.has(name)) this.#made.set(name, make())
    return this.#made.get(name) as Value
  }

  #range(sequence: number): readonly [start: number, end: number] {
    return this.#columns.ranges.get(sequence) ?? [0, this.length]
  }

  #tokenAt(positions: readonly number[], position: number, sequence: number): number | undefined {
    const [start, end] = this.#range(sequence)
    for (let i = start; i < end; i++) {
      if (position >= positions[2 * i]! && position < positions[2 * i + 1]!) return i
    }
    return undefined
  }

  #spanOf(positions: readonly number[], token: number): Span | undefined {
    if (this.tokenToSequence(token) === undefined) return undefined
    return [positions[2 * token]!, positions[2 * token + 1]!]
  }

  #wordSpan(positions: readonly number[], word: number, sequence: number): Span | undefined {
    const tokens = this.wordToTokens(word, sequence)
    if (!tokens) return undefined
    return [positions[2 * tokens[0]]!, positions[2 * tokens[1] - 1]!]
  }
}

function pairs(flat: readonly number[]): Span[] {
  const result: Span[] = []
  for (let i = 0; i < flat.length; i += 2) result.push([flat[i]!, flat[i + 1]!])
  return result
}
