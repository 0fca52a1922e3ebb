// The short way of a text: ids alone, without a look at where they come from.
import { alignedText, sliceAligned, unitsAt } from './aligned-text.ts'
import type { EncodeParts } from './encode-aligned.ts'
import type { Tokens } from './models/model.ts'
import { onePiece, type Pieces } from './pre-tokenizers/pieces.ts'
import type { Scanner } from './pre-tokenizers/scanners/scanner.ts'
import { wellFormed } from './unicode.ts'

/** Characters that stand for others until all added tokens are found; see chat/disguise.ts. */
export interface Revealer {
  reveal(text: string): string
  /** Ids that must not come out of the model. */
  readonly blocked: ReadonlySet<number>
}

/** Settings of {@link encodePlain}. */
export interface PlainSettings {
  /** Treat special tokens found in the text as text. */
  readonly skipSpecial?: boolean
  /** Stop once there are this many ids; those of the last piece may be more. */
  readonly limit?: number
  readonly revealer?: Revealer | undefined
}

/** The ids of one text, nothing put around them. */
export function encodePlain(
  parts: EncodeParts,
  text: string,
  { skipSpecial = false, limit = Infinity, revealer }: PlainSettings,
): number[] {
  const { addedTokens, normalizer } = parts
  const aligns = asksForOffsets(parts)
  const ids: number[] = []
  const whole = wellFormed(text)
  // Some files have an added token for every line break: once is cheaper than for each stretch between them.
  const isUnitwise = !normalizer || (normalizer.isUnitwise === true && !aligns)
  const prepared = normalizer && isUnitwise ? normalizer.normalize(whole) : whole
  for (const { start, end, id } of addedTokens.splitRaw(whole, skipSpecial)) {
    if (ids.length >= limit) break
    if (id !== undefined) {
      ids.push(id)
      continue
    }
    if (start === end) continue
    const raw = prepared.slice(start, end)
    const aligned = aligns ? alignRaw(parts, raw, start) : undefined
    const normal = aligned ? aligned.text : isUnitwise ? raw : normalizer.normalize(raw)
    for (const part of addedTokens.splitNormalized(normal, skipSpecial)) {
      if (part.id !== undefined) {
        ids.push(part.id)
        continue
      }
      if (part.start === part.end) continue
      const slice = normal.slice(part.start, part.end)
      const own = revealer ? revealer.reveal(slice) : slice
      const pieces = onePiece(own, start === 0 && part.start === 0)
      if (aligned) {
        const { starts, ends } = sliceAligned(aligned, part.start, part.end)
        // A character may stand for a longer one; then only the beginning is sure.
        const origin = own.length === slice.length ? { starts, ends } : alignedText(own, starts[0])
        pieces.starts = origin.starts
        pieces.ends = origin.ends
      }
      encodePieces(parts, pieces, ids, limit, revealer)
    }
  }
  return ids
}

// A pre-tokenizer that asks where its pieces come from is told so even where only ids are wanted.
function asksForOffsets({ preTokenizers, normalizer }: EncodeParts): boolean {
  if (!normalizer && preTokenizers.length <= 1) return false
  return preTokenizers.some((preTokenizer) => preTokenizer.usesOffsets)
}

function alignRaw({ normalizer }: EncodeParts, raw: string, offset: number) {
  const original = alignedText(raw, offset)
  return normalizer ? normalizer.align(original) : original
}

function encodePieces(
  parts: EncodeParts,
  pieces: Pieces,
  ids: number[],
  limit: number,
  revealer: Revealer | undefined,
): void {
  const { preTokenizers, byteLevel } = parts
  const scanner = revealer ? undefined : onlyScanner(parts)
  if (scanner) {
    scanAndTokenize(parts, scanner, pieces.text, ids, limit)
    return
  }
  for (const preTokenizer of preTokenizers) preTokenizer.apply(pieces)
  byteLevel?.cut(pieces)
  const { bounds } = pieces
  const out = { ids, spans: undefined, limit }
  for (let i = 0; i < bounds.length && ids.length < limit; i += 2) {
    const from = ids.length
    tokenize(parts, pieces.text, bounds[i]!, bounds[i + 1]!, out)
    if (revealer && hasAny(ids, from, revealer.blocked)) {
      // The model itself spells a control token: spell the piece one character at a time instead.
      ids.length = from
      for (let at = bounds[i]!; at < bounds[i + 1]!; ) {
        const next = at + unitsAt(pieces.text, at)
        tokenize(parts, pieces.text, at, next, out)
        at = next
      }
    }
  }
}

/** What cuts the pieces, where nothing else happens to a text: then no list of them is needed. */
function onlyScanner({ preTokenizers, byteLevel }: EncodeParts): Scanner | undefined {
  if (preTokenizers.length === 0) return byteLevel?.scanner
  const isLast = !byteLevel || (!byteLevel.useRegex && !byteLevel.addPrefixSpace)
  return isLast && preTokenizers.length === 1 ? preTokenizers[0]!.scanner : undefined
}

function scanAndTokenize(
  parts: EncodeParts,
  scanner: Scanner,
  text: string,
  ids: number[],
  limit: number,
): void {
  const out = { ids, spans: undefined, limit }
  const { length } = text
  for (let at = 0; at < length && ids.length < limit; ) {
    const end = scanner(text, at, length)
    if (end > 0) tokenize(parts, text, at, end, out)
    at = end > 0 ? end : ~end
  }
}

function tokenize(
  { model, byteLevel }: EncodeParts,
  text: string,
  start: number,
  end: number,
  out: Tokens,
): void {
  if (byteLevel) model.tokenizeBytes(text, start, end, out)
  else model.tokenize(text, start, end, out)
}

/** True when one of the ids from `from` on is among `wanted`. */
export function hasAny(ids: readonly number[], from: number, wanted: ReadonlySet<number>): boolean {
  for (let i = from; i < ids.length; i++) if (wanted.has(ids[i]!)) return true
  return false
}
