import type { AddedToken } from './added-token.ts'
import type { Pipeline } from './pipeline.ts'
import {
  NamedTokens,
  readTokenInput,
  type SpecialTokenInputs,
  type SpecialTokens,
  type TokenInput,
} from './special-tokens.ts'
import type { SkipOptions } from './tokenizer-options.ts'

/** The tokens of a tokenizer: ids and texts of each, added ones, and names of special ones. */
export abstract class TokenVocabulary extends NamedTokens {
  readonly #pipeline: Pipeline

  constructor(pipeline: Pipeline, named: SpecialTokens, extra: readonly string[]) {
    super(named, extra)
    this.#pipeline = pipeline
  }

  /** The parts of tokenizer.json, for what the methods here do not reach. */
  get pipeline(): Pipeline {
    return this.#pipeline
  }

  /** Number of tokens of the model, added tokens aside. */
  get vocabSize(): number {
    return this.pipeline.model.size
  }

  /** Number of all tokens: the rows that the embedding of the model must have at least. */
  get size(): number {
    return this.pipeline.addedTokens.size
  }

  /** The id of a token as it is written in the vocabulary. */
  tokenToId(token: string): number | undefined {
    return this.pipeline.addedTokens.idOf(token)
  }

  /** A token as it is written in the vocabulary. */
  idToToken(id: number): string | undefined {
    return this.pipeline.addedTokens.tokenOf(id)
  }

  /** True for special tokens: those that have a name, and those that `skipSpecialTokens` leaves out. */
  isSpecialId(id: number): boolean {
    const token = this.idToToken(id)
    if (token === undefined) return false
    return this.pipeline.addedTokens.isSpecial(token) || this.isNamed(token)
  }

  /** All tokens with their ids. */
  getVocab(): Map<string, number> {
    const vocab = new Map(this.pipeline.model.entries())
    for (const [id, { content }] of this.pipeline.addedTokens.entries()) vocab.set(content, id)
    return vocab
  }

  /** The added tokens with their rules, by id. */
  get addedTokensDecoder(): Map<number, AddedToken> {
    return new Map([...this.pipeline.addedTokens.entries()].sort(([a], [b]) => a - b))
  }

  /** The ids of the added tokens. */
  getAddedVocab(): Map<string, number> {
    return new Map([...this.addedTokensDecoder].map(([id, { content }]) => [content, id]))
  }

  /**
   * Adds tokens that are found in a text before the model sees it, and returns how many were not there yet. When that
   * is more than 0 the embedding of the model must grow to `size` rows.
   */
  addTokens(
    tokens: TokenInput | readonly TokenInput[],
    { special = false }: { special?: boolean } = {},
  ): number {
    const list: readonly TokenInput[] = Array.isArray(tokens) ? tokens : [tokens as TokenInput]
    return this.pipeline.addTokens(list.map((token) => readTokenInput(token, special, 'addTokens')))
  }

  /**
   * Names special tokens, and adds those that are not there yet; returns how many that were, as `addTokens` does.
   * Tokens of `extraSpecialTokens` take the place of those there were, unless `replaceExtraSpecialTokens` is false.
   */
  addSpecialTokens(
    tokens: SpecialTokenInputs,
    { replaceExtraSpecialTokens = true }: { replaceExtraSpecialTokens?: boolean } = {},
  ): number {
    const added = this.nameTokens(tokens, replaceExtraSpecialTokens)
    return this.pipeline.addTokens(added)
  }

  /** The ids of tokens; for those that are not in the vocabulary the unknown token's, undefined without one. */
  convertTokensToIds(token: string): number | undefined
  convertTokensToIds(tokens: readonly string[]): (number | undefined)[]
  convertTokensToIds(tokens: string | readonly string[]): unknown {
    if (typeof tokens === 'string') return this.tokenToId(tokens) ?? this.unkTokenId
    return tokens.map((token) => this.tokenToId(token) ?? this.unkTokenId)
  }

  /** The tokens of ids, undefined for ids without one. */
  convertIdsToTokens(id: number, options?: SkipOptions): string | undefined
  convertIdsToTokens(ids: Iterable<number>, options?: SkipOptions): (string | undefined)[]
  convertIdsToTokens(
    ids: number | Iterable<number>,
    { skipSpecialTokens = false }: SkipOptions = {},
  ): unknown {
    if (typeof ids === 'number') return this.idToToken(ids)
    const skipped = new Set(skipSpecialTokens ? this.allSpecialIds : [])
    return [...ids].filter((id) => !skipped.has(id)).map((id) => this.idToToken(id))
  }

  /** The text of tokens, as they are written in the vocabulary. */
  convertTokensToString(tokens: Iterable<string>): string {
    return this.pipeline.decodeTokens(tokens)
  }
}
