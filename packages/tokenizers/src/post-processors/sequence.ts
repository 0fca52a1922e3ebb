import type { TokenColumns } from '../token-columns.ts'
import type { PostProcessor, ProcessSettings } from './post-processor.ts'
import type { TemplatePart } from './template.ts'

/** Runs post-processors one after another. */
export class ProcessorSequence implements PostProcessor {
  readonly #processors: readonly PostProcessor[]

  constructor(processors: readonly PostProcessor[]) {
    this.#processors = processors
  }

  added(isPair: boolean): number {
    return this.#processors.reduce((sum, processor) => sum + processor.added(isPair), 0)
  }

  process(rows: readonly TokenColumns[], settings: ProcessSettings): readonly TokenColumns[] {
    return this.#processors.reduce((done, processor) => processor.process(done, settings), rows)
  }

  lay(rows: readonly (readonly TemplatePart[])[]): readonly (readonly TemplatePart[])[] {
    return this.#processors.reduce((done, processor) => processor.lay(done), rows)
  }

  toJSON(): unknown {
    return { type: 'Sequence', processors: this.#processors.map((processor) => processor.toJSON()) }
  }
}
