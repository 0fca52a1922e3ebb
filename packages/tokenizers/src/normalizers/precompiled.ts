import { AlignedWriter, type AlignedText } from '../aligned-text.ts'
import { CharacterMap } from './character-map.ts'
import { isCluster, runEnd } from './grapheme.ts'
import type { Normalizer } from './normalizer.ts'

const MAX_CLUSTER = 5 // bytes

/** What happens to one stretch of text; undefined leaves it as it is. */
type Visit = (start: number, end: number, replacement: string | undefined) => void

/** SentencePiece's compiled rules, applied to short grapheme clusters and to single characters. */
export class Precompiled implements Normalizer {
  readonly #map: CharacterMap
  readonly #source: string
  // Per unit below the surrogates: 1 when its character is known to stay, 2 when it changes, 0 when nobody asked yet.
  readonly #known = new Uint8Array(0xd800)

  /** `source` is the base64 text that `bytes` come from. */
  constructor(bytes: Uint8Array, source: string, where: string) {
    this.#map = new CharacterMap(bytes, where)
    this.#source = source
  }

  normalize(text: string): string {
    let result = ''
    let done = 0
    this.#walk(text, (start, end, replacement) => {
      if (replacement === undefined) return
      result += text.slice(done, start) + replacement
      done = end
    })
    return done === 0 ? text : result + text.slice(done)
  }

  align(aligned: AlignedText): AlignedText {
    const { text } = aligned
    const writer = new AlignedWriter(aligned)
    let changed = false
    // The last character is held back: what is removed after it adds to its change.
    let held = ''
    let change = 0
    const put = (character: string, by: number) => {
      if (held !== '') writer.put(held, change)
      held = character
      change = by
    }
    this.#walk(text, (start, end, replacement) => {
      const old = [...text.slice(start, end)]
      if (replacement === undefined) {
        for (const character of old) put(character, 0)
        return
      }
      changed = true
      const by = [...replacement]
      by.forEach((character, i) => put(character, i < old.length ? 0 : 1))
      if (held !== '') change -= Math.max(0, old.length - by.length)
    })
    if (!changed) return aligned
    put('', 0)
    return writer.finish()
  }

  /** Visits the text from left to right; `visit` may hear of a stretch that stays not at all when it is not asked. */
  #walk(text: string, visit: Visit): void {
    const known = this.#known
    for (let start = 0; start < text.length; ) {
      const code = text.charCodeAt(start)
      const next = text.charCodeAt(start + 1)
      // Most characters have no mark behind them, which is all below U+0300 can be told by.
      if (code < 0x600 && code >= 0x20 && !(next >= 0x300)) {
        if (known[code] === 1) visit(start, start + 1, undefined)
        else this.#visitOne(text, start, start + 1, visit)
        start++
        continue
      }
      const end = runEnd(text, start)
      const run = text.slice(start, end)
      const isOne = run.length === (code >= 0xd800 && code <= 0xdbff ? 2 : 1)
      if (!isOne && utf8Size(run) <= MAX_CLUSTER && isCluster(text, start, end)) {
        const replacement = this.#map.lookUp(run)
        if (replacement !== undefined) {
          visit(start, end, replacement)
          start = end
          continue
        }
      }
      while (start < end) {
        const size = text.codePointAt(start)! > 0xffff ? 2 : 1
        this.#visitOne(text, start, start + size, visit)
        start += size
      }
    }
  }

  #visitOne(text: string, start: number, end: number, visit: Visit): void {
    const code = text.charCodeAt(start)
    const state = code < 0xd800 ? this.#known[code] : 0
    if (state === 1) return visit(start, end, undefined)
    const replacement = this.#map.lookUp(text.slice(start, end))
    if (code < 0xd800) this.#known[code] = replacement === undefined ? 1 : 2
    visit(start, end, replacement)
  }

  toJSON(): unknown {
    return { type: 'Precompiled', precompiled_charsmap: this.#source }
  }
}

function utf8Size(text: string): number {
  let size = 0
  for (const character of text) {
    const code = character.codePointAt(0)!
    size += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return size
}
