// The long way of a text: not only ids, but where each token came from.
import type { AddedTokens } from './added-tokens.ts'
import { alignedText, sliceAligned, unitsAt, type AlignedText } from './aligned-text.ts'
import { toByteCharacters } from './byte-alphabet.ts'
import { hasAny, type Revealer } from './encode-plain.ts'
import type { Model } from './models/model.ts'
import type { Normalizer } from './normalizers/normalizer.ts'
import type { ByteLevel } from './pre-tokenizers/byte-level.ts'
import type { Pieces, PreTokenizer } from './pre-tokenizers/pieces.ts'
import { repeated, TokenColumns } from './token-columns.ts'
import type { EncodeLimit } from './truncation.ts'
import { codePointsBefore, wellFormed } from './unicode.ts'

/** What a text passes through. */
export interface EncodeParts {
  readonly addedTokens: AddedTokens
  readonly normalizer: Normalizer | undefined
  readonly preTokenizers: readonly PreTokenizer[]
  /** The last pre-tokenizer, when it does nothing after cutting but write bytes as characters. */
  readonly byteLevel: ByteLevel | undefined
  readonly model: Model
}

/** Settings of {@link encodeAligned}. */
export interface AlignedSettings {
  readonly typeId: number
  /** Treat special tokens found in the text as text. */
  readonly skipSpecial: boolean
  readonly limit: EncodeLimit | undefined
  /** See chat/disguise.ts. */
  readonly revealer?: Revealer | undefined
}

/** A text, or a list of words that are each encoded by themselves. */
export type TextOrWords = string | readonly string[]

/** The tokens of a text with where they lie; nothing put around them. */
export function encodeAligned(
  parts: EncodeParts,
  input: TextOrWords,
  { typeId, skipSpecial, limit, revealer }: AlignedSettings,
): TokenColumns {
  const row = newDraft()
  const text = typeof input === 'string' ? wellFormed(input) : input.map(wellFormed)
  if (typeof text === 'string') {
    encodeText(parts, text, row, skipSpecial, limit, revealer)
    addPoints(row, text, 0)
  } else {
    text.forEach((word, i) => {
      // A limit for all words together lets the words after it out; one for the other end would need them backwards.
      const own = limit && !limit.recounts && limit.direction === 'left' ? undefined : limit
      if (own && !own.recounts && row.ids.length >= own.tokens) return
      const from = row.ids.length
      encodeText(parts, word, row, skipSpecial, own, revealer)
      row.words.fill(i, from)
      addPoints(row, word, from)
    })
  }
  const size = row.ids.length
  const { ids, words, spans, written } = row
  return new TokenColumns(
    {
      ids,
      words,
      spans,
      points: row.points.length === 0 ? spans : row.points,
      typeIds: repeated(size, typeId),
      special: repeated(size, 0),
      attention: repeated(size, 1),
      written: written && Array.from({ length: size }, (_, i) => written.get(i)),
    },
    { text },
  )
}

/** Columns in the making. */
interface Draft {
  /** See Tokens. */
  limit: number
  readonly ids: number[]
  readonly spans: number[]
  /** Spans in code points; empty while they are the same. */
  points: number[]
  readonly words: number[]
  written: Map<number, string> | undefined
}

const newDraft = (): Draft => ({
  limit: Infinity,
  ids: [],
  spans: [],
  points: [],
  words: [],
  written: undefined,
})

/** An added token, or text cut into pieces. */
type Split =
  | { readonly id: number; readonly text: string; readonly start: number; readonly end: number }
  | { readonly id?: undefined; readonly pieces: Pieces }

function encodeText(
  parts: EncodeParts,
  text: string,
  row: Draft,
  skipSpecial: boolean,
  limit: EncodeLimit | undefined,
  revealer: Revealer | undefined,
): void {
  const splits = cutText(parts, text, skipSpecial, revealer)
  if (limit?.direction === 'left') {
    encodeLast(parts, splits, row, limit, revealer)
    return
  }
  const most = row.ids.length + (limit?.tokens ?? Infinity)
  // The overflow of 0.23.2 goes on to the end of the piece.
  row.limit = limit?.recounts ? Infinity : most
  let word = 0
  for (const split of splits) {
    if (split.id !== undefined) {
      addToken(parts, split, word++, row)
      continue
    }
    const { bounds } = split.pieces
    for (let i = 0; i < bounds.length; i += 2) {
      addPiece(parts, split.pieces, i, word++, row, revealer)
      // Only a piece ends the way, as in the reference: added tokens that follow at once are still there.
      if (row.ids.length >= most) return
    }
  }
}

// From the end of the text to its beginning, until enough tokens are there.
function encodeLast(
  parts: EncodeParts,
  splits: readonly Split[],
  row: Draft,
  { tokens, recounts }: EncodeLimit,
  revealer: Revealer | undefined,
): void {
  let words = splits.reduce(
    (sum, split) => sum + (split.id === undefined ? split.pieces.bounds.length / 2 : 1),
    0,
  )
  const drafts: Draft[] = []
  let found = 0
  const take = (fill: (draft: Draft) => void): void => {
    words--
    const draft = newDraft()
    fill(draft)
    found += draft.ids.length
    drafts.push(draft)
  }
  search: for (let s = splits.length - 1; s >= 0; s--) {
    const split = splits[s]!
    if (split.id !== undefined) {
      take((draft) => addToken(parts, split, words, draft))
      continue
    }
    for (let i = split.pieces.bounds.length - 2; i >= 0; i -= 2) {
      take((draft) => addPiece(parts, split.pieces, i, words, draft, revealer))
      if (found >= tokens) break search
    }
  }
  for (const draft of drafts.reverse()) append(row, draft, recounts ? words : 0)
}

function append(row: Draft, draft: Draft, wordsBefore: number): void {
  const before = row.ids.length
  for (const id of draft.ids) row.ids.push(id)
  for (const position of draft.spans) row.spans.push(position)
  for (const word of draft.words) row.words.push(word - wordsBefore)
  for (const [i, token] of draft.written ?? []) (row.written ??= new Map()).set(before + i, token)
}

function cutText(
  parts: EncodeParts,
  whole: string,
  skipSpecial: boolean,
  revealer: Revealer | undefined,
): Split[] {
  const { addedTokens, normalizer } = parts
  const splits: Split[] = []
  for (const { start, end, id } of addedTokens.splitRaw(whole, skipSpecial)) {
    const raw = whole.slice(start, end)
    if (id !== undefined) {
      splits.push({ id, text: raw, start, end })
      continue
    }
    if (start === end) continue
    const original = alignedText(raw, start)
    const normal = normalizer ? normalizer.align(original) : original
    for (const part of addedTokens.splitNormalized(normal.text, skipSpecial)) {
      if (part.id !== undefined) splits.push(addedSplit(normal, part.start, part.end, part.id))
      else if (part.start !== part.end) {
        const atStart = start === 0 && part.start === 0
        splits.push({ pieces: cutPieces(parts, normal, part, atStart, revealer) })
      }
    }
  }
  return splits
}

function addedSplit(
  { text, starts, ends }: AlignedText,
  from: number,
  to: number,
  id: number,
): Split {
  const start = starts[from] ?? ends[from - 1] ?? 0
  return { id, text: text.slice(from, to), start, end: to > from ? ends[to - 1]! : start }
}

function cutPieces(
  { preTokenizers, byteLevel }: EncodeParts,
  normal: AlignedText,
  { start, end }: { start: number; end: number },
  atStart: boolean,
  revealer: Revealer | undefined,
): Pieces {
  const isWhole = start === 0 && end === normal.text.length
  const slice = isWhole ? normal : sliceAligned(normal, start, end)
  const { text, starts, ends } = revealer ? revealed(slice, revealer) : slice
  const pieces: Pieces = { text, starts, ends, bounds: [0, text.length], atStart }
  for (const preTokenizer of preTokenizers) preTokenizer.apply(pieces)
  byteLevel?.cut(pieces)
  return pieces
}

function revealed(slice: AlignedText, revealer: Revealer): AlignedText {
  const text = revealer.reveal(slice.text)
  // A character may stand for a longer one; then only the beginning is sure.
  const { starts, ends } =
    text.length === slice.text.length ? slice : alignedText(text, slice.starts[0])
  return { text, starts, ends }
}

function addToken(
  { addedTokens }: EncodeParts,
  { id, text, start, end }: Split & { readonly id: number },
  word: number,
  row: Draft,
): void {
  // A token that took spaces along is written with them.
  if (addedTokens.tokenOf(id) !== text) (row.written ??= new Map()).set(row.ids.length, text)
  row.ids.push(id)
  row.spans.push(start, end)
  row.words.push(word)
}

function addPiece(
  parts: EncodeParts,
  pieces: Pieces,
  index: number,
  word: number,
  row: Draft,
  revealer: Revealer | undefined,
): void {
  const from = row.ids.length
  const start = pieces.bounds[index]!
  const end = pieces.bounds[index + 1]!
  addStretch(parts, pieces, start, end, word, row)
  if (!revealer || !hasAny(row.ids, from, revealer.blocked)) return
  // The model itself spells a control token: spell the piece one character at a time instead.
  row.ids.length = from
  row.spans.length = 2 * from
  row.words.length = from
  for (let at = start; at < end; ) {
    const next = at + unitsAt(pieces.text, at)
    addStretch(parts, pieces, at, next, word, row)
    at = next
  }
}

function addStretch(
  { model, byteLevel }: EncodeParts,
  { text, starts, ends }: Pieces,
  start: number,
  end: number,
  word: number,
  row: Draft,
): void {
  const { ids, spans } = row
  const from = ids.length
  if (byteLevel) model.tokenizeBytes(text, start, end, row)
  else model.tokenize(text, start, end, row)
  for (let i = from; i < ids.length; i++) {
    const first = start + spans[2 * i]!
    const last = start + spans[2 * i + 1]!
    if (ids[i] === model.spelledId) {
      const own = text.slice(first, last)
      ;(row.written ??= new Map()).set(i, byteLevel ? toByteCharacters(own) : own)
    }
    const origin = first < end ? starts![first]! : ends![end - 1]!
    spans[2 * i] = origin
    spans[2 * i + 1] = last > first ? ends![last - 1]! : origin
    row.words.push(word)
  }
}

/** Adds the spans from token `from` on in code points, if the text has characters of two units. */
function addPoints(row: Draft, text: string, from: number): void {
  const { spans } = row
  const isPlain = !/[\ud800-\udbff]/.test(text)
  if (isPlain && row.points.length === 0) return
  // Words before this one had none.
  for (let i = row.points.length; i < 2 * from; i++) row.points.push(spans[i]!)
  if (isPlain) {
    for (let i = 2 * from; i < spans.length; i++) row.points.push(spans[i]!)
    return
  }
  const pointAt = codePointsBefore(text)
  for (let i = 2 * from; i < spans.length; i++) row.points.push(pointAt[spans[i]!]!)
}
