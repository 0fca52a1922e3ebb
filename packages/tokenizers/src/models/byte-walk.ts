import { utf8Width } from '../byte-alphabet.ts'

/** Turns sizes in bytes of UTF-8, one after another, into the UTF-16 units that they touch. */
export class ByteWalk {
  readonly #text: string
  readonly #start: number
  readonly #end: number
  // The next character, and how many of its bytes are taken.
  #at: number
  #taken = 0

  /** Begins at `start` of the stretch [start, end) of `text`. */
  constructor(text: string, start: number, end: number) {
    this.#text = text
    this.#start = start
    this.#end = end
    this.#at = start
  }

  /** Takes so many bytes and appends the start and end, from the stretch's own start plus `offset`, to `spans`. */
  take(size: number, spans: number[], offset: number): void {
    const from = offset - this.#start
    spans.push(this.#at + from)
    let left = size + this.#taken
    this.#taken = 0
    while (left > 0 && this.#at < this.#end) {
      const code = this.#text.codePointAt(this.#at)!
      const width = utf8Width(code)
      const units = code > 0xffff ? 2 : 1
      if (left < width) {
        this.#taken = left
        spans.push(this.#at + units + from)
        return
      }
      left -= width
      this.#at += units
    }
    spans.push(this.#at + from)
  }
}
