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
export function joinsPrevious(code: number): boolean {
  if (code < 0x300) return false
  let found = joining.get(code)
  if (found === undefined) {
    found = clusterAt(`a${String.fromCodePoint(code)}`, 0)[1] > 1
    joining.set(code, found)
  }
  return found
}

/** True for the few signs that belong to the character after them. */
export function joinsNext(code: number): boolean {
  if (code < 0x600) return false
  let found = preceding.get(code)
  if (found === undefined) {
    const character = String.fromCodePoint(code)
    found = clusterAt(`${character}a`, 0)[1] > character.length
    preceding.set(code, found)
  }
  return found
}

const accepting = new Map<number, boolean>()

/** False for control characters, which stand alone. */
function acceptsMarks(code: number): boolean {
  if (code >= 0x20 && code < 0x7f) return true
  let found = accepting.get(code)
  if (found === undefined) {
    const character = String.fromCodePoint(code)
    found = clusterAt(`${character}\u0301`, 0)[1] > character.length
    accepting.set(code, found)
  }
  return found
}

const WINDOW = 32
const pictograph = /\p{Extended_Pictographic}/u

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
  if (text.charCodeAt(end) < 0x300 || !acceptsMarks(code)) return end
  end = marksEnd(text, end)
  // Emoji sequences go on after a joiner.
  while (text.charCodeAt(end - 1) === 0x200d && end < text.length) {
    const next = String.fromCodePoint(text.codePointAt(end)!)
    if (!pictograph.test(String.fromCodePoint(code)) || !pictograph.test(next)) break
    end = marksEnd(text, end + next.length)
  }
  return end
}

/** Where the characters that join what is before `start` end. */
function marksEnd(text: string, start: number): number {
  let end = start
  while (end < text.length) {
    const next = text.codePointAt(end)!
    if (!joinsPrevious(next)) break
    end += next > 0xffff ? 2 : 1
  }
  return end
}

// Scripts whose syllables and conjuncts go on over several letters.
const joined = /[\u0900-\u1cff\ua800-\uabff\uac00-\ud7ff\ua960-\ua97f\u{10000}-\u{1ffff}]/u

/** True when the run [start, end) is a whole cluster. */
export function isCluster(text: string, start: number, end: number): boolean {
  const code = text.codePointAt(start)!
  if (code < 0x900 || !joined.test(String.fromCodePoint(code))) return true
  if (start === 0 || text.charCodeAt(start - 1) < 0x300) return true
  const from = Math.max(0, start - WINDOW)
  const [first, last] = clusterAt(text.slice(from, end + 2), start - from)
  return first === start - from && last === end - from
}
