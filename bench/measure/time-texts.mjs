import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

const texts = new Map()

/** The stretch [start, end) of a UTF-8 file. */
export function textOf({ file, start, end }) {
  if (!texts.has(file)) texts.set(file, readFileSync(file))
  return texts.get(file).toString('utf8', start, end)
}

/** Cuts a text into pieces of so many code units, characters whole. */
export function piecesOf(text, size) {
  const pieces = []
  for (let from = 0; from < text.length; ) {
    let to = Math.min(from + size, text.length)
    if (to < text.length && (text.charCodeAt(to) & 0xfc00) === 0xdc00) to++
    pieces.push(text.slice(from, to))
    from = to
  }
  return pieces
}

/**
 * Times one text whole, the same text in pieces, and its ids back to text; `encode` returns ids. Times are in seconds.
 * `hash` tells whether two tokenizers found the same ids.
 */
export function timeTexts(request, { encode, decode }) {
  const text = textOf(request)
  const pieces = piecesOf(text, request.piece)
  let started = performance.now()
  const ids = encode(text)
  const whole = performance.now() - started
  started = performance.now()
  for (const piece of pieces) encode(piece)
  const inPieces = performance.now() - started
  started = performance.now()
  decode(ids)
  const decoded = performance.now() - started
  const hash = createHash('sha256').update(Int32Array.from(ids)).digest('hex')
  return { whole: whole / 1000, pieces: inPieces / 1000, decode: decoded / 1000, hash }
}
