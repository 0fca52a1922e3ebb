/** Where a model writes what it finds. */
export interface Tokens {
  readonly ids: number[]
  /**
   * Flat start and end per id, in UTF-16 units from the start of the piece; a token that is a part of a character's
   * bytes covers the whole character. Undefined when nobody asks for them.
   */
  readonly spans: number[] | undefined
  /** Once there are this many ids a model may stop, where the rest of the piece changes nothing of what is there. */
  readonly limit?: number | undefined
}

/** Turns pieces of text into token ids. */
export interface Model {
  readonly kind: string
  /** Number of tokens in the vocabulary, added tokens aside. */
  readonly size: number
  /** An id whose tokens are written as the text they stand for, not as the vocabulary has it. */
  readonly spelledId?: number | undefined
  idOf(token: string): number | undefined
  tokenOf(id: number): string | undefined
  /** Appends the tokens of the piece [start, end) of `text`, in UTF-16 units. */
  tokenize(text: string, start: number, end: number, out: Tokens): void
  /** As `tokenize`, for a piece whose UTF-8 bytes are to be read as byte-level characters. */
  tokenizeBytes(text: string, start: number, end: number, out: Tokens): void
  /** All tokens with their ids, added tokens aside. */
  entries(): Iterable<readonly [token: string, id: number]>
  /** The `model` object of a tokenizer.json. */
  toJSON(): unknown
}
