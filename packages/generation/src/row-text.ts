import { StopStringMatcher } from './stopping.ts'

/** Turns ids into text piece by piece; a piece never ends inside a character. */
export interface TextStream {
  push(id: number): string
  flush(): string
}

/** What generation needs of a tokenizer; every tokenizer of `@heddle/tokenizers` is one. */
export interface TextSource {
  decode(ids: number[], options?: { skipSpecialTokens?: boolean }): string
  streamDecoder(options?: { skipSpecialTokens?: boolean }): TextStream
}

// Enough of the prompt for a decoder to know that it is not at the start of a text.
const CONTEXT_TOKENS = 32

/**
 * The text of one row as its tokens come: special tokens are left out, and so are a stop string and
 * what follows it. Text that may still become a stop string is held back.
 */
export class RowText {
  readonly #visible: TextStream
  readonly #matcher: StopStringMatcher | undefined
  // Stop strings may name special tokens, so they are matched in the text with all tokens.
  readonly #raw: TextStream | undefined
  #held: { raw: string; visible: string }[] = []
  #stopped = false

  constructor(source: TextSource, prompt: ArrayLike<number>, stopStrings: readonly string[]) {
    this.#visible = source.streamDecoder({ skipSpecialTokens: true })
    const longest = Math.max(0, ...stopStrings.map((stop) => Buffer.byteLength(stop)))
    const context = Array.from(prompt).slice(-Math.max(CONTEXT_TOKENS, longest))
    for (const id of context) this.#visible.push(id)
    if (stopStrings.length === 0) return
    this.#matcher = new StopStringMatcher(stopStrings)
    this.#raw = source.streamDecoder({ skipSpecialTokens: false })
    let text = ''
    for (const id of context) text += this.#raw.push(id)
    this.#matcher.prime(text)
  }

  /** True once a stop string was completed. */
  get stopped(): boolean {
    return this.#stopped
  }

  /** Adds a token and returns the text that is now certain. */
  push(id: number): string {
    const visible = this.#visible.push(id)
    if (this.#matcher === undefined || this.#raw === undefined) return visible
    const raw = this.#raw.push(id)
    return this.#add(raw, visible)
  }

  /** The rest of the text, once no token follows. */
  flush(): string {
    if (this.#stopped) return ''
    const visible = this.#visible.flush()
    if (this.#matcher === undefined || this.#raw === undefined) return visible
    const text = this.#add(this.#raw.flush(), visible)
    if (this.#stopped) return text
    return text + this.#release(0)
  }

  #add(raw: string, visible: string): string {
    const matcher = this.#matcher as StopStringMatcher
    this.#held.push({ raw, visible })
    const match = matcher.push(raw)
    if (match === undefined) return this.#release(matcher.held)
    this.#stopped = true
    const text = this.#release(match)
    this.#held = []
    return text
  }

  /** Gives out all held text but the last `keep` characters (counted in the raw text). */
  #release(keep: number): string {
    let inside = this.#held.reduce((sum, piece) => sum + piece.raw.length, 0)
    let text = ''
    while (this.#held.length > 0) {
      const piece = this.#held[0] as { raw: string; visible: string }
      if (inside - piece.raw.length >= keep) {
        text += piece.visible
        inside -= piece.raw.length
        this.#held.shift()
        continue
      }
      const free = inside - keep
      if (free > 0 && piece.visible === piece.raw) {
        text += piece.visible.slice(0, free)
        piece.raw = piece.raw.slice(free)
        piece.visible = piece.visible.slice(free)
      }
      break
    }
    return text
  }
}
