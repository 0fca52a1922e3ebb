import { utf8 } from '../../byte-alphabet.ts'
import { asArray, asString, boolField, field, malformed, type JsonObject } from '../../json.ts'
import { tokenizeByteCharacters } from '../../models/byte-pieces.ts'
import type { Model, Tokens } from '../../models/model.ts'
import { WordCache } from '../../models/word-cache.ts'
import { bpeSegmenter } from './bpe-segmenter.ts'
import { charSegmenter } from './char-segmenter.ts'
import { pieceKind, type Algorithm, type ModelFile } from './model-file.ts'
import { PieceTable } from './piece-table.ts'
import type { Segmenter } from './segmenter.ts'
import { unigramSegmenter } from './unigram-segmenter.ts'
import { MARK, nextMark, wordSegmenter } from './word-segmenter.ts'

const segmenters: Readonly<Record<Algorithm, (table: PieceTable) => Segmenter>> = {
  unigram: unigramSegmenter,
  bpe: bpeSegmenter,
  word: wordSegmenter,
  char: charSegmenter,
}

/** The model of a SentencePiece file: `sentencepiece`'s own ids, which a tokenizer.json made from it may not give. */
export class SentencePieceModel implements Model {
  readonly kind = 'SentencePiece'
  readonly #algorithm: Algorithm
  readonly #table: PieceTable
  readonly #segment: Segmenter
  // Units that stand before a mark within a piece; undefined when texts cannot be done word by word.
  readonly #joined: ReadonlySet<number> | undefined
  readonly #cache = new WordCache()

  constructor(algorithm: Algorithm, table: PieceTable) {
    this.#algorithm = algorithm
    this.#table = table
    this.#segment = segmenters[algorithm](table)
    this.#joined = algorithm === 'bpe' ? unitsBeforeMarks(table) : undefined
  }

  get size(): number {
    return this.#table.size
  }

  idOf(token: string): number | undefined {
    return this.#table.idOf(token)
  }

  tokenOf(id: number): string | undefined {
    return this.#table.pieces[id]
  }

  tokenize(text: string, start: number, end: number, out: Tokens): void {
    const joined = this.#joined
    if (out.spans !== undefined || joined === undefined) {
      this.#tokenizeWhole(text, start, end, out)
      return
    }
    // Where no piece joins a character with the mark behind it, the two sides never meet.
    const first = out.ids.length
    for (let at = start; at < end; ) {
      let to = at
      do to = nextMark(text, to + 1, end)
      while (to < end && joined.has(text.charCodeAt(to - 1)))
      this.#word(text, at, to, out.ids, first)
      at = to
    }
  }

  tokenizeBytes(text: string, start: number, end: number, out: Tokens): void {
    tokenizeByteCharacters(this, text, start, end, out)
  }

  *entries(): Iterable<readonly [token: string, id: number]> {
    const { pieces } = this.#table
    for (let id = 0; id < pieces.length; id++) yield [pieces[id]!, id]
  }

  toJSON(): unknown {
    const { pieces, scores, kinds, byteIds } = this.#table
    return {
      type: 'SentencePiece',
      algorithm: this.#algorithm,
      byte_fallback: byteIds !== undefined,
      pieces: pieces.map((piece, id) => [piece, scores[id], kinds[id]]),
    }
  }

  #word(text: string, start: number, end: number, ids: number[], first: number): void {
    const from = ids.length
    if (!this.#cache.copy(text, start, end, ids)) {
      this.#tokenizeWhole(text, start, end, { ids, spans: undefined })
      this.#cache.add(text, start, end, ids, from)
    }
    // Unknown words in a row are one token.
    const { unkId } = this.#table
    if (from > first && ids[from] === unkId && ids[from - 1] === unkId) ids.splice(from, 1)
  }

  #tokenizeWhole(text: string, start: number, end: number, out: Tokens): void {
    const { ids, spans } = out
    const { unkId, byteIds } = this.#table
    let wasUnknown = false
    this.#segment(text, start, end, (id, from, to) => {
      if (id >= 0) {
        ids.push(id)
        spans?.push(from - start, to - start)
      } else if (byteIds) {
        this.#writeBytes(text.slice(from, to), byteIds, out, from - start)
      } else if (!wasUnknown) {
        ids.push(unkId)
        spans?.push(from - start, to - start)
      } else if (spans) spans[spans.length - 1] = to - start
      wasUnknown = id < 0
    })
  }

  #writeBytes(unknown: string, byteIds: Int32Array, out: Tokens, from: number): void {
    const { bytes, size } = utf8(unknown)
    for (let i = 0; i < size; i++) out.ids.push(byteIds[bytes[i]!]!)
    if (!out.spans) return
    for (const character of unknown) {
      const to = from + character.length
      for (let left = utf8(character).size; left > 0; left--) out.spans.push(from, to)
      from = to
    }
  }
}

function unitsBeforeMarks(table: PieceTable): Set<number> | undefined {
  const units = new Set<number>()
  for (let id = 0; id < table.size; id++) {
    const kind = table.kinds[id]
    // Unused pieces are taken apart by what the whole text looks like.
    if (kind === pieceKind.unused) return undefined
    if (kind !== pieceKind.normal && kind !== pieceKind.userDefined) continue
    const piece = table.pieces[id]!
    for (let at = piece.indexOf(MARK, 1); at >= 0; at = piece.indexOf(MARK, at + 1))
      units.add(piece.charCodeAt(at - 1))
  }
  return units
}

/** The `model` object for a SentencePiece file. */
export function sentencePieceModelJson({
  algorithm,
  byteFallback,
  pieces,
}: Pick<ModelFile, 'algorithm' | 'byteFallback' | 'pieces'>): JsonObject {
  return { type: 'SentencePiece', algorithm, byte_fallback: byteFallback, pieces }
}

/** Builds the model from its JSON. */
export function readSentencePieceModel(object: JsonObject, where: string): SentencePieceModel {
  const algorithm = asString(field(object, 'algorithm'), `${where}.algorithm`)
  if (!Object.hasOwn(segmenters, algorithm))
    throw malformed(`${where}.algorithm`, Object.keys(segmenters).join(', '), algorithm)
  const pieces = asArray(field(object, 'pieces'), `${where}.pieces`).map((item, i) => {
    const piece = asArray(item, `${where}.pieces[${i}]`)
    if (piece.length === 3) return piece as unknown as readonly [string, number, number]
    throw malformed(`${where}.pieces[${i}]`, 'a piece, its score and its kind', item)
  })
  const byteFallback = boolField(object, 'byte_fallback', where, false)
  const table = new PieceTable(pieces, byteFallback, `${where}.pieces`)
  return new SentencePieceModel(algorithm as Algorithm, table)
}
