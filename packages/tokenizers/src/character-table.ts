/** Anything that can tell whether a character belongs, such as a RegExp without the flags g and y. */
export interface CharacterTest {
  test(character: string): boolean
}

/** Sorts characters into numbered classes; each character is looked up once. */
export class CharacterTable {
  readonly #tests: readonly CharacterTest[]
  // The class of each unit plus 1; 0 for those nobody asked for yet.
  readonly #known = new Uint8Array(0x10000)
  readonly #wide = new Map<number, number>()

  /** Class i + 1 holds the characters that `tests[i]` and no test before it matches, class 0 the others. */
  constructor(tests: readonly CharacterTest[]) {
    this.#tests = tests
  }

  /** The class of the character of `text` at `position`. */
  classAt(text: string, position: number): number {
    const unit = text.charCodeAt(position)
    const known = this.#known[unit]!
    // Halves of characters are never known: a whole character may begin there.
    return known > 0 ? known - 1 : this.classOf(text.codePointAt(position)!)
  }

  /** The class of a code point. */
  classOf(code: number): number {
    if (code > 0xffff) {
      let found = this.#wide.get(code)
      if (found === undefined) this.#wide.set(code, (found = this.#find(code)))
      return found
    }
    const known = this.#known[code]!
    if (known > 0) return known - 1
    const found = this.#find(code)
    if ((code & 0xf800) !== 0xd800) this.#known[code] = found + 1
    return found
  }

  #find(code: number): number {
    const character = String.fromCodePoint(code)
    return this.#tests.findIndex((test) => test.test(character)) + 1
  }
}
