import { malformed } from './json.ts'

/** The bytes of a base64 text; throws ERR_TOKENIZER_FORMAT for other text. */
export function decodeBase64(text: string, where: string): Uint8Array {
  let binary: string
  try {
    binary = atob(text)
  } catch {
    throw malformed(where, 'base64 text', text)
  }
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const values = new Int8Array(256).fill(-1)
for (let i = 0; i < 64; i++) values[alphabet.charCodeAt(i)] = i
const PAD = 0x3d

/**
 * Reads the base64 text in [start, end) of `source` into `target` at `at`; returns how many bytes, or -1 when the text
 * is not base64 with its padding. `target` needs room for 3 bytes per 4 characters.
 */
export function decodeBase64Into(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): number {
  const length = end - start
  if (length % 4 !== 0) return -1
  if (length === 0) return 0
  const padding = source[end - 1] !== PAD ? 0 : source[end - 2] !== PAD ? 1 : 2
  const last = end - 4
  let to = at
  for (let i = start; i < end; i += 4) {
    const pads = i === last ? padding : 0
    const a = values[source[i]!]!
    const b = values[source[i + 1]!]!
    const c = pads === 2 ? 0 : values[source[i + 2]!]!
    const d = pads > 0 ? 0 : values[source[i + 3]!]!
    if ((a | b | c | d) < 0) return -1
    target[to] = (a << 2) | (b >> 4)
    target[to + 1] = (b << 4) | (c >> 2)
    target[to + 2] = (c << 6) | d
    // The bits that padding leaves over must be 0, or one text of bytes would have several spellings.
    if (pads > 0 && target[to + 3 - pads] !== 0) return -1
    to += 3 - pads
  }
  return to - at
}

/** Bytes as base64 text with its padding. */
export function encodeBase64(bytes: Uint8Array): string {
  const parts: string[] = []
  for (let from = 0; from < bytes.length; from += 6144) {
    let part = ''
    const to = Math.min(from + 6144, bytes.length)
    for (let i = from; i < to; i += 3) {
      const a = bytes[i]!
      const b = i + 1 < to ? bytes[i + 1]! : 0
      const c = i + 2 < to ? bytes[i + 2]! : 0
      part += alphabet[a >> 2]! + alphabet[((a & 3) << 4) | (b >> 4)]!
      part += i + 1 < to ? alphabet[((b & 15) << 2) | (c >> 6)]! : '='
      part += i + 2 < to ? alphabet[c & 63]! : '='
    }
    parts.push(part)
  }
  return parts.join('')
}
