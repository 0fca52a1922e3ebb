// Unicode's grapheme clusters, as far as clusters of several characters and few bytes need them: those are a letter
// with marks. The rules of syllables, conjuncts and emoji sequences are left to Intl.Segmenter, and asked seldom.

let segmenter: Intl.Segmenter | undefined

/** The cluster that holds the unit at `position`, as start and end. */
function clusterAt(text: string, position: number): [start: number, end: number] {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  const { segment, index } = segmenter.segment(text).containing(position)!
  return [index, index + segment.length]
}

const joining = new Map<number, boolean>()
const preceding = new Map<number, boolean>()

/** True for characters that belong to the one before them: marks, joiners, modifiers. */
function joinsPrevious(code: number): boolean {
  if (code < 0x300) return false
  let found = joining.get(code)
  if (found === undefined) {
    found = clusterAt(`a${String.fromCodePoint(code)}`, 0)[1] > 1
    joining.set(code, found)
  }
  return found
}

/** True for the few signs that belong to the character after them. */
function joinsNext(code: number): boolean {
  if (code < 0x600) return false
  let found = preceding.get(code)
  if (found === undefined) {
    const character = String.fromCodePoint(code)
    found = clusterAt(`${character}a`, 0)[1] > character.length
    preceding.set(code, found)
  }
  return found
}

const WINDOW = 64

/**
 * Where the character at `start`, with all that joins it, ends; in UTF-16 units. No cluster that begins before it
 * and is shorter than six bytes ends behind `start`.
 */
export function runEnd(text: string, start: number): number {
  const code = text.codePointAt(start)!
  let end = start + (code > 0xffff ? 2 : 1)
  if (end === text.length) return end
  if (code < 0x20) return code === 13 && text.charCodeAt(end) === 10 ? end + 1 : end
  if (joinsNext(code)) return start + clusterAt(text.slice(start, start + WINDOW), 0)[1]
  while (end < text.length) {
    const next = text.codePointAt(end)!
    if (!joinsPrevious(next)) break
    end += next > 0xffff ? 2 : 1
  }
  return end
}

/** True when the run [start, end) is a whole cluster. */
export function isCluster(text: string, start: number, end: number): boolean {
  const code = text.codePointAt(start)!
  // Below the scripts of India nothing but an emoji sequence goes on after a mark.
  const isSimple = code < 0x900 && code !== 0xa9 && code !== 0xae
  if (isSimple && text.charCodeAt(end - 1) !== 0x200d && code >= 0x20) return true
  if (code === 13) return true
  const from = Math.max(0, start - WINDOW)
  const [first, last] = clusterAt(text.slice(from, end + 2), start - from)
  return first === start - from && last === end - from
}
