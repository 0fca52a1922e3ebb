import type { TokenColumns } from '../token-columns.ts'
import type { PostProcessor, ProcessSettings } from './post-processor.ts'
import type { TemplatePart } from './template.ts'
import { trimOffsets } from './trim-offsets.ts'

/** Adds no tokens; with `trimOffsets`, leaves the spaces of byte-level tokens out of their offsets. */
export class ByteLevelProcessing implements PostProcessor {
  readonly #options: { addPrefixSpace: boolean; trimOffsets: boolean; useRegex: boolean }

  constructor(options: { addPrefixSpace: boolean; trimOffsets: boolean; useRegex: boolean }) {
    this.#options = options
  }

  added(): number {
    return 0
  }

  process(rows: readonly TokenColumns[], settings: ProcessSettings): readonly TokenColumns[] {
    const { addPrefixSpace, trimOffsets: trims } = this.#options
    const trimmed = trims ? rows.map((row) => trimOffsets(row, addPrefixSpace, settings)) : rows
    return trimmed.map((row, i) => row.asSequence(i))
  }

  lay(rows: readonly (readonly TemplatePart[])[]): readonly (readonly TemplatePart[])[] {
    return rows
  }

  toJSON(): unknown {
    return {
      type: 'ByteLevel',
      add_prefix_space: this.#options.addPrefixSpace,
      trim_offsets: this.#options.trimOffsets,
      use_regex: this.#options.useRegex,
    }
  }
}
