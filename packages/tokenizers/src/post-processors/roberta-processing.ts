import { repeated, type TokenColumns } from '../token-columns.ts'
import type { PostProcessor, ProcessSettings } from './post-processor.ts'
import { surround, type NamedToken } from './surround.ts'
import type { TemplatePart } from './template.ts'
import { trimOffsets } from './trim-offsets.ts'

/** RoBERTa's template: `<s> A </s>`, and `</s> B </s>`, all of type 0. */
export class RobertaProcessing implements PostProcessor {
  readonly #sep: NamedToken
  readonly #cls: NamedToken
  readonly #trimOffsets: boolean
  readonly #addPrefixSpace: boolean

  constructor(
    sep: NamedToken,
    cls: NamedToken,
    options: { trimOffsets: boolean; addPrefixSpace: boolean },
  ) {
    this.#sep = sep
    this.#cls = cls
    this.#trimOffsets = options.trimOffsets
    this.#addPrefixSpace = options.addPrefixSpace
  }

  added(isPair: boolean): number {
    return isPair ? 4 : 2
  }

  process(rows: readonly TokenColumns[], settings: ProcessSettings): readonly TokenColumns[] {
    const trimmed = this.#trimOffsets
      ? rows.map((row) => trimOffsets(row, this.#addPrefixSpace, settings))
      : rows
    const typed = trimmed.map((row) => row.with({ typeIds: repeated(row.length, 0) }))
    if (!settings.addSpecialTokens) return typed
    return typed.map((row, i) => {
      const before = i === 0 ? this.#cls : this.#sep
      return surround(row, before, this.#sep, {
        sequence: Math.min(i, 1),
        typeId: 0,
        typeOfParts: 0,
      })
    })
  }

  lay(rows: readonly (readonly TemplatePart[])[]): readonly (readonly TemplatePart[])[] {
    const [cls, sep] = [[this.#cls[1]], [this.#sep[1]]]
    return rows.map((row, i) => [i === 0 ? cls : sep, ...row, sep])
  }

  toJSON(): unknown {
    return {
      type: 'RobertaProcessing',
      sep: this.#sep,
      cls: this.#cls,
      trim_offsets: this.#trimOffsets,
      add_prefix_space: this.#addPrefixSpace,
    }
  }
}
