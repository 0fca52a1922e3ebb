import type { Pieces } from './pieces.ts'

/** How a match of a delimiter takes part in the result. */
export type SplitBehavior =
  | 'Removed'
  | 'Isolated'
  | 'MergedWithPrevious'
  | 'MergedWithNext'
  | 'Contiguous'

/** Appends start and end of every match in `text`, in order, `offset` added to each. */
export type MatchFinder = (text: string, offset: number, matches: number[]) => void

/** Cuts all pieces at matches; `invert` takes what lies between the matches for matches, and the other way round. */
export function splitPieces(
  pieces: Pieces,
  find: MatchFinder,
  behavior: SplitBehavior,
  invert: boolean,
): void {
  const { text, bounds } = pieces
  const cutter = new Cutter(behavior)
  const matches: number[] = []
  for (let i = 0; i < bounds.length; i += 2) {
    const start = bounds[i]!
    const end = bounds[i + 1]!
    matches.length = 0
    // Patterns look around: they must see the piece alone.
    find(start === 0 && end === text.length ? text : text.slice(start, end), start, matches)
    cutter.begin()
    let position = start
    for (let m = 0; m < matches.length; m += 2) {
      const from = matches[m]!
      const to = matches[m + 1]!
      if (position !== from) cutter.add(position, from, invert)
      cutter.add(from, to, !invert)
      position = to
    }
    if (position !== end) cutter.add(position, end, invert)
    cutter.end()
  }
  replaceBounds(pieces, cutter.bounds)
}

/** Gives the pieces new bounds, all of them inside the old ones. */
export function replaceBounds(pieces: Pieces, bounds: number[]): void {
  pieces.atStart &&= bounds.length > 0 && bounds[0] === pieces.bounds[0]
  pieces.bounds = bounds
}

/** Joins matches and what lies between them as the behavior says. */
class Cutter {
  readonly bounds: number[] = []
  readonly #behavior: SplitBehavior
  #start = -1
  #end = -1
  #previous = false

  constructor(behavior: SplitBehavior) {
    this.#behavior = behavior
  }

  begin(): void {
    this.#start = -1
    this.#previous = false
  }

  add(start: number, end: number, isMatch: boolean): void {
    if (this.#start >= 0 && this.#joins(isMatch)) this.#end = end
    else {
      this.end()
      this.#start = isMatch && this.#behavior === 'Removed' ? -1 : start
      this.#end = end
    }
    this.#previous = isMatch
  }

  end(): void {
    if (this.#start >= 0 && this.#end > this.#start) this.bounds.push(this.#start, this.#end)
  }

  #joins(isMatch: boolean): boolean {
    switch (this.#behavior) {
      case 'Contiguous':
        return isMatch === this.#previous
      case 'MergedWithPrevious':
        return isMatch && !this.#previous
      case 'MergedWithNext':
        return !isMatch && this.#previous
    }
    return false
  }
}
