import { byteOfCharacter } from '../byte-alphabet.ts'
import { wholeText, type Decoder, type TokenStream } from './decoder.ts'

const encoder = new TextEncoder()

/** Reads byte-level characters as UTF-8; bytes that are none become U+FFFD. `json` is the decoder in tokenizer.json. */
export function byteLevel(json: unknown): Decoder {
  return {
    joins: true,
    open(next, joined) {
      const stream = openBytes(next)
      return joined ? wholeText(stream, (text) => text) : stream
    },
    toJSON: () => json,
  }
}

function openBytes(next: TokenStream): TokenStream {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let bytes = new Uint8Array(256)
  let size = 0
  // Bytes that the last character still lacks.
  let missing = 0
  const reserve = (extra: number): void => {
    if (size + extra <= bytes.length) return
    const larger = new Uint8Array(Math.max(bytes.length * 2, size + extra))
    larger.set(bytes.subarray(0, size))
    bytes = larger
  }
  const flush = (more: boolean): void => {
    const text = decoder.decode(bytes.subarray(0, size), { stream: more })
    missing = lacking(bytes, size, missing)
    size = 0
    if (text !== '') next.write(text)
  }
  return {
    write(token) {
      reserve(token.length * 3)
      const from = size
      for (let i = 0; i < token.length; i++) {
        const byte = byteOfCharacter[token.charCodeAt(i)] ?? -1
        if (byte < 0) {
          // Not written in the byte alphabet, an added token: the token as it is.
          size = from + encoder.encodeInto(token, bytes.subarray(from)).written
          return
        }
        bytes[size++] = byte
      }
    },
    sync() {
      flush(true)
      return next.sync() !== false && missing === 0
    },
    end() {
      flush(false)
      next.end()
    },
  }
}

/** How many bytes the character at the end of UTF-8 lacks, when `before` of them lacked so far. */
function lacking(bytes: Uint8Array, size: number, before: number): number {
  let lead = size - 1
  while (lead >= 0 && (bytes[lead]! & 0xc0) === 0x80) lead--
  if (lead < 0) return Math.max(0, before - size)
  const byte = bytes[lead]!
  const length = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf8 ? 4 : 1
  return Math.max(0, length - (size - lead))
}
