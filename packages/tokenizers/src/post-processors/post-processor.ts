import { joinColumns, repeated, type TokenColumns } from '../token-columns.ts'
import type { TemplatePart } from './template.ts'

/** Settings of one call of a post-processor. */
export interface ProcessSettings {
  readonly addSpecialTokens: boolean
  /** A token as it is written in the vocabulary. */
  readonly tokenOf: (id: number) => string | undefined
}

/** What is done to the tokens of one or two texts: special tokens around them, offsets without spaces. */
export interface PostProcessor {
  /** Number of tokens that are added to one text or to a pair. */
  added(isPair: boolean): number
  /** What the rows become, which may be fewer or more rows than before; the caller joins them. */
  process(rows: readonly TokenColumns[], settings: ProcessSettings): readonly TokenColumns[]
  /** The same for ids alone. */
  lay(rows: readonly (readonly TemplatePart[])[]): readonly (readonly TemplatePart[])[]
  /** The `post_processor` of a tokenizer.json. */
  toJSON(): unknown
}

/** Runs a post-processor over one or two rows and joins what comes out. */
export function postProcess(
  processor: PostProcessor | undefined,
  rows: readonly TokenColumns[],
  settings: ProcessSettings,
): TokenColumns {
  if (!processor) {
    return rows.length === 1 ? rows[0]! : joinColumns(rows.map((row, i) => row.asSequence(i)))
  }
  const numbered = rows.map((row, i) =>
    row.with({ typeIds: repeated(row.length, i) }, (part) => part.asSequence(i)).asSequence(i),
  )
  return joinColumns(processor.process(numbered, settings))
}
