import type { TokenColumns } from '../token-columns.ts'
import type { PostProcessor, ProcessSettings } from './post-processor.ts'
import { surround, type NamedToken } from './surround.ts'
import type { TemplatePart } from './template.ts'

/** BERT's template: `[CLS] A [SEP]`, and `B [SEP]` of type 1. */
export class BertProcessing implements PostProcessor {
  readonly #sep: NamedToken
  readonly #cls: NamedToken

  constructor(sep: NamedToken, cls: NamedToken) {
    this.#sep = sep
    this.#cls = cls
  }

  added(isPair: boolean): number {
    return isPair ? 3 : 2
  }

  process(
    rows: readonly TokenColumns[],
    { addSpecialTokens }: ProcessSettings,
  ): readonly TokenColumns[] {
    if (!addSpecialTokens) return rows
    return rows.map((row, i) =>
      i === 0
        ? surround(row, this.#cls, this.#sep, { sequence: 0, typeId: 0 })
        : surround(row, undefined, this.#sep, { sequence: 1, typeId: 1 }),
    )
  }

  lay(rows: readonly (readonly TemplatePart[])[]): readonly (readonly TemplatePart[])[] {
    const sep = [this.#sep[1]]
    return rows.map((row, i) => (i === 0 ? [[this.#cls[1]], ...row, sep] : [...row, sep]))
  }

  toJSON(): unknown {
    return { type: 'BertProcessing', sep: this.#sep, cls: this.#cls }
  }
}
