import { AlignedWriter } from '../aligned-text.ts'
import { replaceUnit, UnitWriter } from '../unit-writer.ts'
import { prependToPieces, type Pieces, type PreTokenizer } from './pieces.ts'
import { replaceBounds } from './split-pieces.ts'

const SPACE = 0x20

/** When a text without a leading space gets one. */
export type PrependScheme = 'always' | 'first' | 'never'

/** SentencePiece's way: spaces become a visible character, and words begin with it. */
export class Metaspace implements PreTokenizer {
  readonly replacement: string
  readonly prependScheme: PrependScheme
  readonly split: boolean

  constructor(options: { replacement: string; prependScheme: PrependScheme; split: boolean }) {
    this.replacement = options.replacement
    this.prependScheme = options.prependScheme
    this.split = options.split
  }

  get usesOffsets(): boolean {
    return this.prependScheme === 'first'
  }

  apply(pieces: Pieces): void {
    const mark = this.replacement
    if (pieces.starts === undefined && mark.length === 1) {
      this.#rewrite(pieces, mark.charCodeAt(0))
      return
    }
    replaceSpaces(pieces, mark)
    if (this.prependScheme !== 'never') {
      prependToPieces(
        pieces,
        mark,
        (i) => this.#begins(pieces, i) && !pieces.text.startsWith(mark, pieces.bounds[2 * i]),
      )
    }
    if (this.split) cutBeforeMarks(pieces, mark)
  }

  /** All steps at once, where nobody asks for offsets and the mark is one unit. */
  #rewrite(pieces: Pieces, mark: number): void {
    const { text, bounds } = pieces
    const writer = new UnitWriter()
    const result: number[] = []
    for (let i = 0; i < bounds.length; i += 2) {
      const start = bounds[i]!
      const end = bounds[i + 1]!
      const first = text.charCodeAt(start)
      let from = writer.size
      const prepends = this.prependScheme !== 'never' && this.#begins(pieces, i >> 1)
      if (prepends && first !== SPACE && first !== mark) writer.put(mark)
      for (let at = start; at < end; at++) {
        const unit = text.charCodeAt(at)
        const isMark = unit === mark || unit === SPACE
        if (isMark && this.split && writer.size > from) {
          result.push(from, writer.size)
          from = writer.size
        }
        writer.put(isMark ? mark : unit)
      }
      result.push(from, writer.size)
    }
    pieces.text = writer.finish()
    pieces.bounds = result
  }

  // A piece is the first when it comes from the very beginning; several may be, after insertions.
  #begins({ bounds, starts, atStart }: Pieces, index: number): boolean {
    if (this.prependScheme === 'always') return true
    return starts ? starts[bounds[2 * index]!] === 0 : index === 0 && atStart
  }

  toJSON(): unknown {
    return {
      type: 'Metaspace',
      replacement: this.replacement,
      prepend_scheme: this.prependScheme,
      split: this.split,
    }
  }
}

function replaceSpaces(pieces: Pieces, mark: string): void {
  const { text, bounds, starts, ends } = pieces
  if (mark.length === 1) {
    pieces.text = replaceUnit(text, ' ', mark)
    return
  }
  const writer = new AlignedWriter({
    text,
    starts: starts ?? new Int32Array(text.length),
    ends: ends ?? new Int32Array(text.length),
  })
  let next = text.indexOf(' ')
  for (let i = 0; i < bounds.length; i += 2) {
    const end = bounds[i + 1]!
    writer.skipTo(bounds[i]!)
    bounds[i] = writer.size
    while (next >= 0 && next < writer.position) next = text.indexOf(' ', next + 1)
    for (; next >= 0 && next < end; next = text.indexOf(' ', next + 1)) {
      writer.copyTo(next)
      writer.put(mark, 0)
    }
    writer.copyTo(end)
    bounds[i + 1] = writer.size
  }
  const written = writer.finish()
  pieces.text = written.text
  pieces.starts = starts && written.starts
  pieces.ends = ends && written.ends
}

// Every mark begins a piece.
function cutBeforeMarks(pieces: Pieces, mark: string): void {
  const { text, bounds } = pieces
  const result: number[] = []
  let next = text.indexOf(mark)
  for (let i = 0; i < bounds.length; i += 2) {
    const end = bounds[i + 1]!
    let start = bounds[i]!
    while (next >= 0 && next <= start) next = text.indexOf(mark, next + mark.length)
    for (; next >= 0 && next < end; next = text.indexOf(mark, next + mark.length)) {
      result.push(start, next)
      start = next
    }
    result.push(start, end)
  }
  replaceBounds(pieces, result)
}
