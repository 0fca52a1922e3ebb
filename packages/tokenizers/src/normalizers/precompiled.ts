import { AlignedWriter, type AlignedText } from '../aligned-text.ts'
import { CharacterMap } from './character-map.ts'
import { isCluster, joinsNext, joinsPrevious, runEnd } from './grapheme.ts'
import type { Normalizer } from './normalizer.ts'

const MAX_CLUSTER = 5 // bytes
// What is known of a unit: that it was looked at, that it stays as it is where nothing joins it, that it joins nothing
// before it, that it becomes the same text wherever nothing joins it.
const KNOWN = 1
const STAYS = 2
const FREE = 4
const CHANGES = 8

/** What happens to one stretch of text; undefined leaves it as it is. */
type Visit = (start: number, end: number, replacement: string | undefined) => void

/** SentencePiece's compiled rules, applied to short grapheme clusters and to single characters. */
export class Precompiled implements Normalizer {
  readonly #map: CharacterMap
  readonly #source: string
  // Per unit below the surrogates: 1 when its character is known to stay, 2 when it changes, 0 when nobody asked yet.
  readonly #known = new Uint8Array(0xd800)
  readonly #flags = new Uint8Array(0x10000)
  // What units with CHANGES become.
  readonly #changed = new Map<number, string>()

  /** `source` is the base64 text that `bytes` come from. */
  constructor(bytes: Uint8Array, source: string, where: string) {
    this.#map = new CharacterMap(bytes, where)
    this.#source = source
  }

  normalize(text: string): string {
    let result = ''
    let done = 0
    const visit: Visit = (start, end, replacement) => {
      if (replacement === undefined) return
      result += text.slice(done, start) + replacement
      done = end
    }
    const { length } = text
    let flags = length > 0 ? this.#flagsOf(text.charCodeAt(0)) : 0
    for (let at = 0; at < length; ) {
      const next = at + 1 < length ? this.#flagsOf(text.charCodeAt(at + 1)) : FREE
      if ((flags & (STAYS | CHANGES)) !== 0 && (next & FREE) !== 0) {
        if ((flags & CHANGES) !== 0) {
          visit(at, at + 1, this.#changed.get(text.charCodeAt(at)))
        }
        at++
        flags = next
        continue
      }
      at = this.#step(text, at, visit)
      if (at < length) flags = this.#flagsOf(text.charCodeAt(at))
    }
    return done === 0 ? text : result + text.slice(done)
  }

  #flagsOf(unit: number): number {
    return this.#flags[unit] || this.#learn(unit)
  }

  #learn(unit: number): number {
    let flags = KNOWN
    // Halves of characters, and control characters, need a closer look.
    if (unit >= 0x20 && (unit & 0xf800) !== 0xd800) {
      if (!joinsPrevious(unit)) {
        flags |= FREE
        if (!joinsNext(unit)) {
          const changed = this.#map.lookUp(String.fromCharCode(unit))
          if (changed === undefined) flags |= STAYS
          else {
            this.#changed.set(unit, changed)
            flags |= CHANGES
          }
        }
      }
    }
    this.#flags[unit] = flags
    return flags
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

  /** Visits the text from left to right. */
  #walk(text: string, visit: Visit): void {
    for (let start = 0; start < text.length; ) start = this.#step(text, start, visit)
  }

  /** Visits what is at `start`, as a cluster or as its characters; returns where it ends. */
  #step(text: string, start: number, visit: Visit): number {
    const code = text.charCodeAt(start)
    // Most characters have no mark behind them, which is all below U+0300 can be told by.
    if (code < 0x600 && code >= 0x20 && !(text.charCodeAt(start + 1) >= 0x300)) {
      if (this.#known[code] === 1) visit(start, start + 1, undefined)
      else this.#visitOne(text, start, start + 1, visit)
      return start + 1
    }
    const end = runEnd(text, start)
    const run = text.slice(start, end)
    const isOne = run.length === (code >= 0xd800 && code <= 0xdbff ? 2 : 1)
    if (!isOne && utf8Size(run) <= MAX_CLUSTER && isCluster(text, start, end)) {
      const replacement = this.#map.lookUp(run)
      if (replacement !== undefined) {
        visit(start, end, replacement)
        return end
      }
    }
    for (let at = start; at < end; ) {
      const next = at + (text.codePointAt(at)! > 0xffff ? 2 : 1)
      this.#visitOne(text, at, next, visit)
      at = next
    }
    return end
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
