import type { Scanner } from './scanners/scanner.ts'

/** The pieces a text is cut into so far. */
export interface Pieces {
  /** The text, as rewritten by pre-tokenizers that change it. */
  text: string
  /** Per unit of `text`, where it came from, as in AlignedText; undefined when nobody asked for offsets. */
  starts: Int32Array | undefined
  ends: Int32Array | undefined
  /** Flat start, end, start, end ... in UTF-16 units of `text`, ascending, no piece empty. */
  bounds: number[]
  /** True while the first piece begins where the caller's text begins. */
  atStart: boolean
}

/** Cuts every piece into smaller ones, or changes it. */
export interface PreTokenizer {
  apply(pieces: Pieces): void
  /** True when the result may depend on offsets: a caller with a normalizer, or several of these, must give them. */
  readonly usesOffsets?: boolean
  /**
   * What finds the end of each piece, where pieces are cut from a text one behind the other and nothing else happens;
   * `~end` for a stretch that is dropped.
   */
  readonly scanner?: Scanner | undefined
  /** The pre-tokenizer as tokenizer.json has it. */
  toJSON(): unknown
}

/** `text` as one piece, or none when it is empty, without offsets. */
export function onePiece(text: string, atStart: boolean): Pieces {
  const bounds = text === '' ? [] : [0, text.length]
  return { text, starts: undefined, ends: undefined, bounds, atStart }
}

/** The texts of all pieces. */
export function textsOf({ text, bounds }: Pieces): string[] {
  const texts: string[] = []
  for (let i = 0; i < bounds.length; i += 2) texts.push(text.slice(bounds[i], bounds[i + 1]))
  return texts
}

/** Puts `prefix` before each piece that `wants` it, given its number; it has the origin of the piece's first character. */
export function prependToPieces(
  pieces: Pieces,
  prefix: string,
  wants: (index: number) => boolean,
): void {
  const { text, starts, ends, bounds } = pieces
  const asked: boolean[] = []
  let count = 0
  for (let i = 0; i < bounds.length; i += 2) {
    const wanted = wants(i >> 1)
    asked.push(wanted)
    if (wanted) count++
  }
  if (count === 0) return
  let size = count * prefix.length
  for (let i = 0; i < bounds.length; i += 2) size += bounds[i + 1]! - bounds[i]!
  const newStarts = starts && new Int32Array(size)
  const newEnds = ends && new Int32Array(size)
  let written = ''
  for (let i = 0; i < bounds.length; i += 2) {
    const start = bounds[i]!
    const end = bounds[i + 1]!
    const from = written.length
    if (asked[i >> 1]) written += prefix
    newStarts?.fill(starts![start]!, from, written.length)
    newEnds?.fill(ends![start]!, from, written.length)
    newStarts?.set(starts!.subarray(start, end), written.length)
    newEnds?.set(ends!.subarray(start, end), written.length)
    written += text.slice(start, end)
    bounds[i] = from
    bounds[i + 1] = written.length
  }
  pieces.text = written
  pieces.starts = newStarts
  pieces.ends = newEnds
}
