import { unitsAt, type AlignedText } from '../../aligned-text.ts'
import { decodeBase64, encodeBase64 } from '../../base64.ts'
import { asArray, asString, boolField, field, stringField, type JsonObject } from '../../json.ts'
import { PrefixTrie } from '../../models/prefix-trie.ts'
import { CharacterMap } from '../../normalizers/character-map.ts'
import type { Normalizer } from '../../normalizers/normalizer.ts'
import { pieceKind, type ModelFile } from './model-file.ts'
import { longestMatch } from './piece-table.ts'

/** What a SentencePiece normalizer does. */
export interface SentencePieceNormalizerOptions {
  readonly charsmap: CharacterMap | undefined
  /** Pieces that stay as they are. */
  readonly userDefined: PrefixTrie | undefined
  readonly addDummyPrefix: boolean
  readonly removeExtraWhitespaces: boolean
  readonly escapeWhitespaces: boolean
  /** The added mark goes behind the text, not before it. */
  readonly treatWhitespaceAsSuffix: boolean
  readonly json: JsonObject
}

/** Where normalized text goes: stretches of the text as they are, and texts that take the place of a stretch. */
interface Output {
  copy(start: number, end: number): void
  put(text: string, start: number, end: number): void
}

/** Rewrites characters by rules, then spaces: extra ones go, one is added, and all become marks. */
export class SentencePieceNormalizer implements Normalizer {
  readonly #options: SentencePieceNormalizerOptions
  readonly #space: string
  #end = 0

  constructor(options: SentencePieceNormalizerOptions) {
    this.#options = options
    this.#space = options.escapeWhitespaces ? '\u2581' : ' '
  }

  normalize(text: string): string {
    let result = ''
    const start = this.#write(text, {
      copy(from, to) {
        result += text.slice(from, to)
      },
      put(written) {
        result += written
      },
    })
    if (start < 0) return ''
    if (this.#options.removeExtraWhitespaces) result = result.slice(0, this.#trimmedSize(result))
    return this.#addsSuffix ? result + this.#space : result
  }

  align(from: AlignedText): AlignedText {
    const { starts, ends } = from
    const origin = from.origin ?? starts[0] ?? 0
    const newStarts: number[] = []
    const newEnds: number[] = []
    let text = ''
    const start = this.#write(from.text, {
      copy(a, b) {
        text += from.text.slice(a, b)
        for (let i = a; i < b; i++) {
          newStarts.push(starts[i]!)
          newEnds.push(ends[i]!)
        }
      },
      put(written, a, b) {
        text += written
        // What is added has no stretch of its own.
        const begin = starts[a] ?? origin
        const end = b > a ? ends[b - 1]! : begin
        for (let i = 0; i < written.length; i++) {
          newStarts.push(begin)
          newEnds.push(end)
        }
      },
    })
    if (start < 0) return { text: '', starts: new Int32Array(0), ends: new Int32Array(0), origin }
    if (this.#options.removeExtraWhitespaces) text = text.slice(0, this.#trimmedSize(text))
    newStarts.length = newEnds.length = text.length
    if (this.#addsSuffix) {
      const end = newEnds.at(-1) ?? origin
      text += this.#space
      newStarts.push(end)
      newEnds.push(end)
    }
    return { text, starts: Int32Array.from(newStarts), ends: Int32Array.from(newEnds), origin }
  }

  toJSON(): unknown {
    return this.#options.json
  }

  get #addsSuffix(): boolean {
    return this.#options.treatWhitespaceAsSuffix && this.#options.addDummyPrefix
  }

  #trimmedSize(text: string): number {
    let size = text.length
    while (size > 0 && text[size - 1] === this.#space) size--
    return size
  }

  /** Writes all but what comes at the end; returns where the text begins, or -1 when nothing is left of it. */
  #write(text: string, output: Output): number {
    const { removeExtraWhitespaces, addDummyPrefix, treatWhitespaceAsSuffix } = this.#options
    let at = 0
    if (removeExtraWhitespaces) {
      while (at < text.length && (this.#prefix(text, at) ?? text.slice(at, this.#end)) === ' ')
        at = this.#end
    }
    if (at === text.length) return -1
    const start = at
    if (addDummyPrefix && !treatWhitespaceAsSuffix) output.put(this.#space, at, at)
    let wasSpace = removeExtraWhitespaces
    // Characters that stay are written in one go.
    let kept = at
    while (at < text.length) {
      const rewritten = this.#prefix(text, at)
      const end = this.#end
      const hasSpace =
        text.charCodeAt(at) === 32 || (end - at > 1 && text.slice(at, end).includes(' '))
      if (rewritten !== undefined || hasSpace) {
        let chunk = rewritten ?? text.slice(at, end)
        if (wasSpace) chunk = chunk.replace(/^ +/, '')
        output.copy(kept, at)
        if (chunk !== '') {
          wasSpace = removeExtraWhitespaces && chunk.endsWith(' ')
          output.put(chunk.replaceAll(' ', this.#space), at, end)
        }
        kept = end
      } else wasSpace = false
      at = end
    }
    output.copy(kept, at)
    return start
  }

  /** What the prefix at `at` becomes, undefined for itself; it ends at `#end`. */
  #prefix(text: string, at: number): string | undefined {
    const { charsmap, userDefined } = this.#options
    if (userDefined) {
      const match = longestMatch(userDefined, text, at, text.length)
      if (match > at) {
        this.#end = match
        return undefined
      }
    }
    const rewritten = charsmap?.longest(text, at)
    this.#end = rewritten === undefined ? at + unitsAt(text, at) : charsmap!.matchEnd
    return rewritten
  }
}

/** The `normalizer` object for a SentencePiece file. */
export function sentencePieceNormalizerJson(file: ModelFile): JsonObject {
  const userDefined = file.pieces.filter(([, , kind]) => kind === pieceKind.userDefined)
  return {
    type: 'SentencePiece',
    precompiled_charsmap: file.charsmap.length > 0 ? encodeBase64(file.charsmap) : null,
    add_dummy_prefix: file.addDummyPrefix,
    remove_extra_whitespaces: file.removeExtraWhitespaces,
    escape_whitespaces: file.escapeWhitespaces,
    treat_whitespace_as_suffix: file.treatWhitespaceAsSuffix,
    user_defined_symbols: userDefined.map(([piece]) => piece),
  }
}

/** Builds the normalizer from its JSON. */
export function readSentencePieceNormalizer(object: JsonObject, where: string): Normalizer {
  const at = `${where}.precompiled_charsmap`
  const base64 = stringField(object, 'precompiled_charsmap', where)
  const symbols = asArray(
    field(object, 'user_defined_symbols') ?? [],
    `${where}.user_defined_symbols`,
  )
  const userDefined = symbols.length > 0 ? new PrefixTrie() : undefined
  symbols.forEach((symbol, i) => {
    const place = `${where}.user_defined_symbols[${i}]`
    userDefined!.add(asString(symbol, place), i, place)
  })
  return new SentencePieceNormalizer({
    charsmap: base64 === undefined ? undefined : new CharacterMap(decodeBase64(base64, at), at),
    userDefined,
    addDummyPrefix: boolField(object, 'add_dummy_prefix', where, true),
    removeExtraWhitespaces: boolField(object, 'remove_extra_whitespaces', where, true),
    escapeWhitespaces: boolField(object, 'escape_whitespaces', where, true),
    treatWhitespaceAsSuffix: boolField(object, 'treat_whitespace_as_suffix', where, false),
    json: object,
  })
}
