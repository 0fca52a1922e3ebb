/** Turns pieces of text into token ids. */
export interface Model {
  readonly kind: string
  /** Number of tokens in the vocabulary, added tokens aside. */
  readonly size: number
  idOf(token: string): number | undefined
  tokenOf(id: number): string | undefined
  /** Appends the ids of one piece to `ids`. */
  tokenize(piece: string, ids: number[]): void
  /** As `tokenize`, for a piece whose UTF-8 bytes are to be read as byte-level characters. */
  tokenizeBytes(piece: string, ids: number[]): void
}
