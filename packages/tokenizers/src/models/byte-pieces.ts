import { toByteCharacters } from '../byte-alphabet.ts'
import type { Model, Tokens } from './model.ts'

/** `tokenizeBytes` for models of text: writes the bytes as characters first, and leads the spans back. */
export function tokenizeByteCharacters(
  model: Model,
  text: string,
  start: number,
  end: number,
  out: Tokens,
): void {
  const written = toByteCharacters(text.slice(start, end))
  const { spans } = out
  const from = spans?.length ?? 0
  model.tokenize(written, 0, written.length, out)
  if (!spans) return
  const starts = new Int32Array(written.length)
  const ends = new Int32Array(written.length)
  let byte = 0
  for (let i = start; i < end; ) {
    const code = text.codePointAt(i)!
    const units = code > 0xffff ? 2 : 1
    for (let left = bytesOf(code); left > 0; left--) {
      starts[byte] = i - start
      ends[byte++] = i - start + units
    }
    i += units
  }
  for (let i = from; i < spans.length; i += 2) {
    const last = spans[i + 1]! - 1
    spans[i] = starts[spans[i]!]!
    spans[i + 1] = ends[last]!
  }
}

function bytesOf(code: number): number {
  if (code < 0x80) return 1
  if (code < 0x800) return 2
  return code < 0x10000 ? 3 : 4
}
