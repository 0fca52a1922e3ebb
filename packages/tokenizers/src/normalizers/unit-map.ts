import { UnitWriter } from '../unit-writer.ts'

// What becomes of a unit: itself or another plus 1, or one of these. 0 stands for those nobody asked for yet.
const DROPPED = -1
const SPACED = -2
const DEPENDS = -3

const SPACE = 0x20
const FEW = 64
const APART = 32

// What may combine with the character before it.
const depends = /[\p{M}\p{Surrogate}\u{1160}-\u{11ff}\u{ff9e}\u{ff9f}]/u

/**
 * A normalizer that changes most characters by themselves, made faster: what becomes of a character is remembered.
 * Marks, with the character before them, are left to the normalizer, for they change places.
 */
export class UnitMap {
  readonly #normalize: (text: string) => string
  readonly #map = new Int32Array(0x10000)

  /** `normalize` must depend on the neighbours of a character only where those are marks. */
  constructor(normalize: (text: string) => string) {
    this.#normalize = normalize
  }

  normalize(text: string): string {
    const { length } = text
    const writer = new UnitWriter()
    let stretches = 0
    for (let at = 0; at < length; ) {
      let end = at
      while (end < length && this.#of(text.charCodeAt(end)) !== DEPENDS) end++
      if (end === length) {
        this.#write(text, at, end, writer)
        break
      }
      // The character that the marks belong to; between them may be what is dropped.
      let from = end - 1
      while (from > at && this.#of(text.charCodeAt(from)) === DROPPED) from--
      from = Math.max(from, at)
      this.#write(text, at, from, writer)
      while (end < length) {
        const own = this.#of(text.charCodeAt(end))
        if (own !== DEPENDS && own !== DROPPED) break
        end++
      }
      // A text full of marks is done in one go.
      if (++stretches > FEW && stretches * APART > end) end = length
      const normal = this.#normalize(text.slice(from, end))
      writer.copy(normal, 0, normal.length)
      at = end
    }
    return writer.finish()
  }

  #write(text: string, start: number, end: number, writer: UnitWriter): void {
    for (let i = start; i < end; i++) {
      const unit = text.charCodeAt(i)
      const own = this.#map[unit]!
      if (own > 0) writer.put(own - 1)
      else if (own === SPACED) {
        writer.put(SPACE)
        writer.put(unit)
        writer.put(SPACE)
      }
    }
  }

  #of(unit: number): number {
    return this.#map[unit] || this.#learn(unit)
  }

  #learn(unit: number): number {
    const character = String.fromCharCode(unit)
    let own = DEPENDS
    if (!depends.test(character)) {
      const normal = this.#normalize(character)
      if (normal === '') own = DROPPED
      else if (normal.length === 1) own = normal.charCodeAt(0) + 1
      else if (normal === ` ${character} `) own = SPACED
    }
    this.#map[unit] = own
    return own
  }
}
