import { toByteCharacters } from '../byte-alphabet.ts'
import { translateOniguruma } from '../regex/oniguruma.ts'
import type { Pieces, PreTokenizer } from './pieces.ts'
import { split } from './split.ts'

const gpt2Pattern =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"

let gpt2Split: PreTokenizer | undefined

/** GPT-2's pre-tokenizer: cuts into words, then writes each byte of UTF-8 as one visible character. */
export class ByteLevel implements PreTokenizer {
  readonly #addPrefixSpace: boolean
  readonly #split: PreTokenizer | undefined

  constructor({ addPrefixSpace, useRegex }: { addPrefixSpace: boolean; useRegex: boolean }) {
    this.#addPrefixSpace = addPrefixSpace
    if (useRegex) {
      gpt2Split ??= split(
        { regex: translateOniguruma(gpt2Pattern, 'ByteLevel'), literal: undefined },
        'Isolated',
        false,
      )
      this.#split = gpt2Split
    }
  }

  /** The cutting alone. A model that knows bytes goes on from here and saves writing them as characters. */
  cut(pieces: Pieces): void {
    if (this.#addPrefixSpace) {
      pieces.texts = pieces.texts.map((text) => (text.startsWith(' ') ? text : ` ${text}`))
    }
    this.#split?.apply(pieces)
  }

  apply(pieces: Pieces): void {
    this.cut(pieces)
    pieces.texts = pieces.texts.map(toByteCharacters)
  }
}
