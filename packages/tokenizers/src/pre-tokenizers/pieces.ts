/** The pieces a text is cut into so far. */
export interface Pieces {
  texts: string[]
  /** True while the first piece begins where the caller's text begins. */
  atStart: boolean
}

/** Cuts every piece into smaller ones, or changes it. */
export interface PreTokenizer {
  apply(pieces: Pieces): void
}

/** How a match of a delimiter takes part in the result. */
export type SplitBehavior =
  | 'Removed'
  | 'Isolated'
  | 'MergedWithPrevious'
  | 'MergedWithNext'
  | 'Contiguous'

/** A part of a text, [start, end), which is or is not a match. */
export type Part = readonly [start: number, end: number, isMatch: boolean]

/** Cuts all pieces by the parts that `find` sees in each. */
export function splitPieces(
  pieces: Pieces,
  find: (text: string) => readonly Part[],
  behavior: SplitBehavior,
): void {
  const result: string[] = []
  let atStart = pieces.atStart
  pieces.texts.forEach((text, index) => {
    for (const [start, end] of combine(find(text), behavior)) {
      if (end <= start) continue
      if (result.length === 0) atStart &&= index === 0 && start === 0
      result.push(text.slice(start, end))
    }
  })
  pieces.texts = result
  pieces.atStart = atStart && result.length > 0
}

function combine(
  parts: readonly Part[],
  behavior: SplitBehavior,
): readonly (readonly [number, number, boolean?])[] {
  switch (behavior) {
    case 'Isolated':
      return parts
    case 'Removed':
      return parts.filter(([, , isMatch]) => !isMatch)
  }
  const result: [number, number][] = []
  let previous = false
  if (behavior === 'MergedWithNext') {
    for (let i = parts.length - 1; i >= 0; i--) {
      const [start, end, isMatch] = parts[i]!
      const last = result.at(-1)
      if (last && isMatch && !previous) last[0] = start
      else result.push([start, end])
      previous = isMatch
    }
    return result.reverse()
  }
  for (const [start, end, isMatch] of parts) {
    const joins = behavior === 'Contiguous' ? isMatch === previous : isMatch && !previous
    const last = result.at(-1)
    if (last && joins) last[1] = end
    else result.push([start, end])
    previous = isMatch
  }
  return result
}

/** The parts of `text`: matches of `regex` (flag g) and what lies between; `invert` swaps their names. */
export function partsOf(text: string, regex: RegExp, invert: boolean): Part[] {
  const parts: Part[] = []
  let position = 0
  let lastEnd = -1
  regex.lastIndex = 0
  for (let found = regex.exec(text); found; found = regex.exec(text)) {
    const start = found.index
    const end = start + found[0].length
    if (end === start) {
      // An empty match counts unless it touches the previous match; either way the search moves on.
      regex.lastIndex += text.codePointAt(end)! > 0xffff ? 2 : 1
      if (end === lastEnd) continue
    }
    lastEnd = end
    if (position !== start) parts.push([position, start, invert])
    parts.push([start, end, !invert])
    position = end
  }
  if (position !== text.length) parts.push([position, text.length, invert])
  return parts
}
