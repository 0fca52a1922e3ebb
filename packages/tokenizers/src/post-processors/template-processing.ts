import { TokenizerError } from '../errors.ts'
import { repeated, specialColumns, type TokenColumns } from '../token-columns.ts'
import type { PostProcessor, ProcessSettings } from './post-processor.ts'
import type { TemplatePart } from './template.ts'

/** A place in a template: a text, or special tokens by their name. */
export type TemplatePiece =
  | { readonly sequence: 'A' | 'B'; readonly typeId: number }
  | { readonly special: string; readonly typeId: number }

/** What a name in a template stands for. */
export interface TemplateToken {
  readonly ids: readonly number[]
  readonly tokens: readonly string[]
}

/** Texts and special tokens in any order, with type ids. */
export class TemplateProcessing implements PostProcessor {
  readonly #single: readonly TemplatePiece[]
  readonly #pair: readonly TemplatePiece[]
  readonly #tokens: ReadonlyMap<string, TemplateToken>

  /** Every special token of the templates must be in `tokens`, and the single one must not use `B`. */
  constructor(
    single: readonly TemplatePiece[],
    pair: readonly TemplatePiece[],
    tokens: ReadonlyMap<string, TemplateToken>,
  ) {
    this.#single = single
    this.#pair = pair
    this.#tokens = tokens
  }

  added(isPair: boolean): number {
    const pieces = isPair ? this.#pair : this.#single
    return pieces.reduce((sum, piece) => sum + (this.#tokenOf(piece)?.ids.length ?? 0), 0)
  }

  process(
    rows: readonly TokenColumns[],
    { addSpecialTokens }: ProcessSettings,
  ): readonly TokenColumns[] {
    const texts = [...rows]
    const result: TokenColumns[] = []
    for (const piece of this.#piecesFor(rows.length)) {
      if ('sequence' in piece) {
        const i = piece.sequence === 'A' ? 0 : 1
        const row = texts[i]!
        texts[i] = row.with({ typeIds: repeated(row.length, piece.typeId) }).asSequence(i)
        result.push(texts[i])
      } else if (addSpecialTokens) {
        const { ids, tokens } = this.#tokenOf(piece)!
        result.push(specialColumns(ids, tokens, piece.typeId))
      }
    }
    return result
  }

  lay(rows: readonly (readonly TemplatePart[])[]): readonly (readonly TemplatePart[])[] {
    return this.#piecesFor(rows.length).map((piece) =>
      'sequence' in piece ? rows[piece.sequence === 'A' ? 0 : 1]! : [this.#tokenOf(piece)!.ids],
    )
  }

  #piecesFor(rows: number): readonly TemplatePiece[] {
    if (rows === 1) return this.#single
    if (rows === 2) return this.#pair
    throw new TokenizerError(
      'ERR_TOKENIZER_UNSUPPORTED',
      `TemplateProcessing: may follow only what leaves one or two rows; got ${rows}. ` +
        'Join the templates of the sequence into one.',
    )
  }

  #tokenOf(piece: TemplatePiece): TemplateToken | undefined {
    return 'special' in piece ? this.#tokens.get(piece.special) : undefined
  }

  toJSON(): unknown {
    const pieces = (list: readonly TemplatePiece[]) =>
      list.map((piece) =>
        'sequence' in piece
          ? { Sequence: { id: piece.sequence, type_id: piece.typeId } }
          : { SpecialToken: { id: piece.special, type_id: piece.typeId } },
      )
    const names = [...this.#tokens.keys()].sort()
    return {
      type: 'TemplateProcessing',
      single: pieces(this.#single),
      pair: pieces(this.#pair),
      special_tokens: Object.fromEntries(names.map((id) => [id, { id, ...this.#tokens.get(id) }])),
    }
  }
}
