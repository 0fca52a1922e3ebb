import type { Encoding, Span } from './encoding.ts'
import { show, TokenizerError } from './errors.ts'

/** The rows of a batch by what they hold; all but the ids only when they were asked for. */
export interface EncodedData {
  inputIds: number[][]
  /** 1 for tokens, 0 for padding. */
  attentionMask?: number[][]
  /** Which text of a pair each token is of. */
  tokenTypeIds?: number[][]
  /** 1 for special tokens, 0 for others. */
  specialTokensMask?: number[][]
  /** [start, end) of each token in its text, in Unicode code points as Transformers counts. */
  offsetMapping?: Span[][]
  /** [start, end) of each token in its text, in UTF-16 units: for `text.slice(start, end)`. */
  utf16OffsetMapping?: Span[][]
  /** Tokens of each row. */
  length?: number[]
  /** Which of the given texts each row is of. */
  overflowToSampleMapping?: number[]
  /** Ids of the target texts. */
  labels?: number[][]
  /** 1 for tokens that the assistant of a chat wrote, 0 for others. */
  assistantMasks?: number[][]
}

/**
 * Rows for a model, one for each text (several where overflow is returned), and the ways between characters, words
 * and tokens. A field that was not asked for cannot be read; `data` holds those that are there.
 */
export class BatchEncoding {
  readonly data: EncodedData
  #encodings: readonly Encoding[] | (() => readonly Encoding[])

  constructor(data: EncodedData, encodings: readonly Encoding[] | (() => readonly Encoding[])) {
    this.data = data
    this.#encodings = encodings
  }

  get inputIds(): number[][] {
    return this.data.inputIds
  }
  get attentionMask(): number[][] {
    return this.#field('attentionMask', 'returnAttentionMask')
  }
  get tokenTypeIds(): number[][] {
    return this.#field('tokenTypeIds', 'returnTokenTypeIds')
  }
  get specialTokensMask(): number[][] {
    return this.#field('specialTokensMask', 'returnSpecialTokensMask')
  }
  get offsetMapping(): Span[][] {
    return this.#field('offsetMapping', 'returnOffsetsMapping')
  }
  get utf16OffsetMapping(): Span[][] {
    return this.#field('utf16OffsetMapping', 'returnOffsetsMapping')
  }
  get length(): number[] {
    return this.#field('length', 'returnLength')
  }
  get overflowToSampleMapping(): number[] {
    return this.#field('overflowToSampleMapping', 'returnOverflowingTokens')
  }
  get labels(): number[][] {
    return this.#field('labels', 'textTarget')
  }
  get assistantMasks(): number[][] {
    return this.#field('assistantMasks', 'returnAssistantTokensMask')
  }

  /** All there is to know of each row. */
  get encodings(): readonly Encoding[] {
    if (typeof this.#encodings === 'function') this.#encodings = this.#encodings()
    return this.#encodings
  }

  /** Number of texts in each row: 1, or 2 for pairs; undefined for no rows. */
  get nSequences(): number | undefined {
    return this.encodings[0]?.nSequences
  }

  /** The tokens of a row. */
  tokens(row = 0): readonly string[] {
    return this.#row(row).tokens
  }

  /** The word of each token of a row; null for special tokens and padding. */
  wordIds(row = 0): readonly (number | null)[] {
    return this.#row(row).wordIds
  }

  /** The text (0 or 1) of each token of a row; null for special tokens and padding. */
  sequenceIds(row = 0): readonly (number | null)[] {
    return this.#row(row).sequenceIds
  }

  /** The text that a token is of. */
  tokenToSequence(row: number, token: number): number | undefined {
    return this.#row(row).tokenToSequence(token)
  }

  /** The word that a token is of. */
  tokenToWord(row: number, token: number): number | undefined {
    return this.#row(row).tokenToWord(token)
  }

  /** Where a token is in its text, [start, end) in code points. */
  tokenToChars(row: number, token: number): Span | undefined {
    return this.#row(row).tokenToChars(token)
  }

  /** The tokens of a word, [start, end). */
  wordToTokens(row: number, word: number, sequence = 0): Span | undefined {
    return this.#row(row).wordToTokens(word, sequence)
  }

  /** Where a word is in its text, [start, end) in code points. */
  wordToChars(row: number, word: number, sequence = 0): Span | undefined {
    return this.#row(row).wordToChars(word, sequence)
  }

  /** The token that holds a character, counted in code points. */
  charToToken(row: number, char: number, sequence = 0): number | undefined {
    return this.#row(row).charToToken(char, sequence)
  }

  /** The word that holds a character, counted in code points. */
  charToWord(row: number, char: number, sequence = 0): number | undefined {
    return this.#row(row).charToWord(char, sequence)
  }

  toJSON(): EncodedData {
    return this.data
  }

  #row(row: number): Encoding {
    const encoding = this.encodings.at(row)
    if (encoding !== undefined && Number.isInteger(row)) return encoding
    const { length } = this.encodings
    throw new TokenizerError(
      'ERR_TOKENIZER_INPUT',
      `BatchEncoding: row must be one of the ${length} there are; got ${show(row)}.`,
    )
  }

  #field<Name extends keyof EncodedData>(
    name: Name,
    option: string,
  ): NonNullable<EncodedData[Name]> {
    const value = this.data[name]
    if (value !== undefined) return value
    throw new TokenizerError(
      'ERR_TOKENIZER_OPTION',
      `BatchEncoding: ${name} must be asked for with ${option}; got a batch without.`,
    )
  }
}
