// Unicode normalization character by character, with the changes that tokenizers' alignments are made of: a character
// that a decomposition adds counts 1, and a composition adds up what its parts count, less 1 for each part taken in.
import { laterNormalized } from '../unicode-history.ts'
import { combiningClass } from './combining-class.ts'

/** The Unicode normalization forms. */
export type UnicodeForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD'

/** Code points and the change that each stands for. */
export interface ChangedCharacters {
  readonly codes: number[]
  readonly changes: number[]
}

const later = new RegExp(laterNormalized, 'v')
const canonical = new Map<number, readonly number[]>()
const compatible = new Map<number, readonly number[]>()

/** Brings `text` to a normalization form of Unicode 9, in time proportional to its length but for sorting marks. */
export function normalizeCharacters(text: string, form: UnicodeForm): ChangedCharacters {
  const cache = form === 'NFC' || form === 'NFD' ? canonical : compatible
  const sorted = new OrderedCharacters()
  for (const character of text) {
    const code = character.codePointAt(0)!
    let parts = cache.get(code)
    if (!parts) cache.set(code, (parts = decompose(character, cache === canonical)))
    for (let i = 0; i < parts.length; i++) sorted.add(parts[i]!, i === 0 ? 0 : 1)
  }
  sorted.sortMarks()
  return form === 'NFC' || form === 'NFKC' ? compose(sorted) : sorted
}

function decompose(character: string, canonically: boolean): number[] {
  const text = later.test(character) ? character : character.normalize(canonically ? 'NFD' : 'NFKD')
  return Array.from(text, (part) => part.codePointAt(0)!)
}

/** Characters with their classes; marks are put in the order of their classes. */
class OrderedCharacters implements ChangedCharacters {
  readonly codes: number[] = []
  readonly changes: number[] = []
  readonly classes: number[] = []
  #marks = 0

  add(code: number, change: number): void {
    const rank = combiningClass(code)
    if (rank === 0) {
      this.sortMarks()
      this.#marks = this.codes.length + 1
    }
    this.codes.push(code)
    this.changes.push(change)
    this.classes.push(rank)
  }

  /** Sorts the marks since the last starter. */
  sortMarks(): void {
    const { codes, changes, classes } = this
    let ordered = true
    for (let i = this.#marks + 1; i < codes.length; i++) ordered &&= classes[i - 1]! <= classes[i]!
    if (ordered) return
    // Marks of one class keep their order; there are few classes, and hostile texts have many marks.
    const start = this.#marks
    const places: number[] = []
    for (let i = start; i < codes.length; i++) places[classes[i]!] = (places[classes[i]!] ?? 0) + 1
    let place = start
    places.forEach((count, rank) => {
      places[rank] = place
      place += count
    })
    const [oldCodes, oldChanges] = [codes.slice(start), changes.slice(start)]
    const oldClasses = classes.slice(start)
    oldClasses.forEach((rank, i) => {
      const to = places[rank]!++
      codes[to] = oldCodes[i]!
      changes[to] = oldChanges[i]!
      classes[to] = rank
    })
  }
}

function compose({ codes, changes, classes }: OrderedCharacters): ChangedCharacters {
  const result: { codes: number[]; changes: number[] } = { codes: [], changes: [] }
  const put = (code: number, change: number) => {
    result.codes.push(code)
    result.changes.push(change)
    return result.codes.length - 1
  }
  // Where the last starter stands in the result, and the class of the last mark left beside it.
  let starter = -1
  let lastClass = 0
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!
    const rank = classes[i]!
    const isBlocked = starter < 0 || (lastClass > 0 && lastClass >= rank)
    const composed = isBlocked ? 0 : composite(result.codes[starter]!, code)
    if (composed) {
      result.codes[starter] = composed
      result.changes[starter]! += changes[i]! - 1
      continue
    }
    const at = put(code, changes[i]!)
    if (rank === 0) {
      starter = at
      lastClass = 0
    } else if (starter >= 0) lastClass = rank
  }
  return result
}

const mayEnd = /[\p{M}\u{1161}-\u{1175}\u{11a8}-\u{11c2}]/u
const ends = new Map<number, boolean>()
const composites = new Map<string, number>()

/** The character that two others compose to, or 0. */
function composite(first: number, second: number): number {
  if (second < 0x300) return 0
  let isEnd = ends.get(second)
  if (isEnd === undefined) {
    const character = String.fromCodePoint(second)
    ends.set(second, (isEnd = mayEnd.test(character) && !later.test(character)))
  }
  if (!isEnd) return 0
  const pair = String.fromCodePoint(first, second)
  let found = composites.get(pair)
  if (found === undefined) {
    const whole = pair.normalize('NFC')
    const code = whole.codePointAt(0)!
    const isOne = whole.length === (code > 0xffff ? 2 : 1) && !later.test(whole)
    composites.set(pair, (found = isOne ? code : 0))
    // Hostile texts have many pairs that do not compose.
    if (composites.size > 20_000) composites.clear()
  }
  return found
}
