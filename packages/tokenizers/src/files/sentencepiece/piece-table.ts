import { show, TokenizerError } from '../../errors.ts'
import { isWellFormed } from '../../unicode.ts'
import { PrefixTrie } from '../../models/prefix-trie.ts'
import { pieceKind } from './model-file.ts'

// SentencePiece's own default is 16. A longer piece would make the time for a text grow with the piece.
const LONGEST = 512

/** The pieces of a SentencePiece model: what text may become, and what it may not. */
export class PieceTable {
  readonly pieces: readonly string[]
  /** Scores as the file has them, in single precision. */
  readonly scores: Float64Array
  readonly kinds: Uint8Array
  readonly unkId: number
  /** The ids of the 256 bytes; undefined when unknown characters are not spelled in bytes. */
  readonly byteIds: Int32Array | undefined
  /** Pieces that text may become: normal, user-defined and unused ones. */
  readonly trie = new PrefixTrie()
  /** User-defined pieces, which are cut out of a text before anything else; undefined when there are none. */
  readonly userDefined: PrefixTrie | undefined
  readonly #text = new Map<string, number>()
  readonly #reserved = new Map<string, number>()

  constructor(
    pieces: readonly (readonly [piece: string, score: number, kind: number])[],
    byteFallback: boolean,
    where: string,
  ) {
    this.pieces = pieces.map(([piece]) => piece)
    this.scores = Float64Array.from(pieces, ([, score]) => Math.fround(score))
    this.kinds = Uint8Array.from(pieces, ([, , kind]) => kind)
    const userDefined = new PrefixTrie()
    let hasUserDefined = false
    let unkId = -1
    for (let id = 0; id < pieces.length; id++) {
      const [piece, score, kind] = pieces[id]!
      checkPiece(piece, score, kind, `${where}[${id}]`)
      const isText =
        kind === pieceKind.normal || kind === pieceKind.userDefined || kind === pieceKind.unused
      const map = isText ? this.#text : this.#reserved
      if (map.has(piece)) throw malformed(`${where}[${id}]`, 'a piece of its own', piece)
      map.set(piece, id)
      if (isText) this.trie.add(piece, id, where)
      if (kind === pieceKind.userDefined) {
        userDefined.add(piece, id, where)
        hasUserDefined = true
      } else if (kind === pieceKind.unknown) {
        if (unkId >= 0) throw malformed(where, 'with one unknown piece', [unkId, id])
        unkId = id
      }
    }
    if (unkId < 0) throw malformed(where, 'with one piece of the kind unknown', 'none')
    this.unkId = unkId
    this.userDefined = hasUserDefined ? userDefined : undefined
    this.byteIds = this.#readBytes(byteFallback, where)
  }

  get size(): number {
    return this.pieces.length
  }

  /** The id of a piece by name; control, unknown and byte pieces come first, as in SentencePiece. */
  idOf(piece: string): number | undefined {
    return this.#reserved.get(piece) ?? this.#text.get(piece)
  }

  #readBytes(byteFallback: boolean, where: string): Int32Array | undefined {
    const ids = new Int32Array(256).fill(-1)
    let count = 0
    for (let id = 0; id < this.size; id++) {
      if (this.kinds[id] !== pieceKind.byte) continue
      const piece = this.pieces[id]!
      const byte = /^<0x[0-9A-F]{2}>$/.test(piece) ? parseInt(piece.slice(3, 5), 16) : -1
      if (byte < 0) throw malformed(`${where}[${id}]`, 'a byte such as <0x0A>', piece)
      ids[byte] = id
      count++
    }
    if (count === (byteFallback ? 256 : 0)) return byteFallback ? ids : undefined
    throw malformed(
      where,
      byteFallback ? 'with all 256 bytes, since byte_fallback is on' : 'without bytes',
      `${count} of them`,
    )
  }
}

function checkPiece(piece: string, score: number, kind: number, where: string): void {
  if (typeof piece !== 'string' || piece === '' || !isWellFormed(piece))
    throw malformed(where, 'a piece of at least one character', piece)
  if (piece.length > LONGEST) {
    throw new TokenizerError(
      'ERR_TOKENIZER_LIMIT',
      `${where}: a piece may have ${LONGEST} UTF-16 units at most; got ${piece.length}.`,
    )
  }
  if (!Number.isFinite(score)) throw malformed(where, 'a piece with a finite score', score)
  if (!Number.isInteger(kind) || kind < pieceKind.normal || kind > pieceKind.byte)
    throw malformed(where, 'a piece of a kind from 1 to 6', kind)
}

function malformed(where: string, rule: string, got: unknown): TokenizerError {
  return new TokenizerError('ERR_TOKENIZER_FORMAT', `${where}: must be ${rule}; got ${show(got)}.`)
}

/** Where the longest entry of `trie` that begins at `at` ends, or -1. */
export function longestMatch(trie: PrefixTrie, text: string, at: number, end: number): number {
  let longest = -1
  let node = trie.root
  for (let i = at; i < end; ) {
    node = trie.step(node, text.charCodeAt(i++))
    if (node < 0) break
    if (trie.valueAt(node) >= 0) longest = i
  }
  return longest
}
