import { unitsAt } from '../aligned-text.ts'
import { toByteCharacters } from '../byte-alphabet.ts'
import { regexPattern } from '../pattern.ts'
import { prependToPieces, type Pieces, type PreTokenizer } from './pieces.ts'
import type { Scanner } from './scanners/scanner.ts'
import { split } from './split.ts'

const gpt2Pattern =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"

let gpt2Split: PreTokenizer | undefined

/** GPT-2's pre-tokenizer: cuts into words, then writes each byte of UTF-8 as one visible character. */
export class ByteLevel implements PreTokenizer {
  readonly addPrefixSpace: boolean
  /** What the post-processor of the same name would do; nothing happens here. */
  readonly trimOffsets: boolean
  readonly useRegex: boolean
  readonly #split: PreTokenizer | undefined

  constructor(options: { addPrefixSpace: boolean; trimOffsets: boolean; useRegex: boolean }) {
    this.addPrefixSpace = options.addPrefixSpace
    this.trimOffsets = options.trimOffsets
    this.useRegex = options.useRegex
    if (this.useRegex) {
      gpt2Split ??= split(regexPattern(gpt2Pattern, 'ByteLevel'), 'Isolated', false)
      this.#split = gpt2Split
    }
  }

  /** What does the cutting, where that is all. */
  get scanner(): Scanner | undefined {
    return this.addPrefixSpace ? undefined : this.#split?.scanner
  }

  /** The cutting alone. A model that knows bytes goes on from here and saves writing them as characters. */
  cut(pieces: Pieces): void {
    if (this.addPrefixSpace) {
      prependToPieces(pieces, ' ', (i) => pieces.text.charCodeAt(pieces.bounds[2 * i]!) !== 0x20)
    }
    this.#split?.apply(pieces)
  }

  apply(pieces: Pieces): void {
    this.cut(pieces)
    writeBytes(pieces)
  }

  toJSON(): unknown {
    return {
      type: 'ByteLevel',
      add_prefix_space: this.addPrefixSpace,
      trim_offsets: this.trimOffsets,
      use_regex: this.useRegex,
    }
  }
}

/** Rewrites all pieces as byte characters, each with the origin of the whole character its byte is from. */
function writeBytes(pieces: Pieces): void {
  const { text, starts, ends, bounds } = pieces
  const newStarts: number[] = []
  const newEnds: number[] = []
  let written = ''
  for (let i = 0; i < bounds.length; i += 2) {
    const start = bounds[i]!
    const end = bounds[i + 1]!
    bounds[i] = written.length
    written += toByteCharacters(text.slice(start, end))
    bounds[i + 1] = written.length
    if (!starts || !ends) continue
    for (let at = start; at < end; at += unitsAt(text, at)) {
      for (let bytes = utf8Size(text, at); bytes > 0; bytes--) {
        newStarts.push(starts[at]!)
        newEnds.push(ends[at]!)
      }
    }
  }
  pieces.text = written
  pieces.starts = starts && Int32Array.from(newStarts)
  pieces.ends = ends && Int32Array.from(newEnds)
}

function utf8Size(text: string, at: number): number {
  const code = text.codePointAt(at)!
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
}
