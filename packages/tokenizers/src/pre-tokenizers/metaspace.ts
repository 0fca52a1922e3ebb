import type { Pieces, PreTokenizer } from './pieces.ts'

/** When a text without a leading space gets one. */
export type PrependScheme = 'always' | 'first' | 'never'

/** SentencePiece's way: spaces become a visible character, and words begin with it. */
export class Metaspace implements PreTokenizer {
  readonly #replacement: string
  readonly #scheme: PrependScheme
  readonly #split: boolean

  constructor(replacement: string, scheme: PrependScheme, split: boolean) {
    this.#replacement = replacement
    this.#scheme = scheme
    this.#split = split
  }

  apply(pieces: Pieces): void {
    const mark = this.#replacement
    const result: string[] = []
    pieces.texts.forEach((text, index) => {
      let marked = text.replaceAll(' ', () => mark)
      const prepends =
        this.#scheme === 'always' || (this.#scheme === 'first' && index === 0 && pieces.atStart)
      if (prepends && !marked.startsWith(mark)) marked = mark + marked
      if (!this.#split) {
        result.push(marked)
        return
      }
      // Every mark begins a piece.
      let start = 0
      for (let at = marked.indexOf(mark, 1); at >= 0; at = marked.indexOf(mark, at + 1)) {
        result.push(marked.slice(start, at))
        start = at
      }
      result.push(marked.slice(start))
    })
    pieces.texts = result
  }
}
