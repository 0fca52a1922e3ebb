// GPT-2 writes the 256 bytes as 256 visible characters, so that a vocabulary of bytes is a vocabulary of text.

/** The code unit that stands for each byte. */
export const characterOfByte: Uint16Array = new Uint16Array(256)

/** The byte of each code unit below 324; -1 for the others. */
export const byteOfCharacter: Int16Array = new Int16Array(324).fill(-1)

for (let byte = 0, next = 256; byte < 256; byte++) {
  const visible = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174
  const code = visible ? byte : next++
  characterOfByte[byte] = code
  byteOfCharacter[code] = byte
}

const encoder = new TextEncoder()
let buffer = new Uint8Array(4096)

/** Number of bytes of a code point in UTF-8. */
export function utf8Width(code: number): number {
  if (code < 0x80) return 1
  if (code < 0x800) return 2
  return code < 0x10000 ? 3 : 4
}

/**
 * The UTF-8 of the stretch [start, end) of `text` in a shared buffer, good until the next call, and its number of
 * bytes. Halves of characters become U+FFFD.
 */
export function utf8(
  text: string,
  start = 0,
  end = text.length,
): { bytes: Uint8Array; size: number } {
  const length = end - start
  if (length * 3 > buffer.length) buffer = new Uint8Array(length * 3)
  const bytes = buffer
  // A buffer for one long text is not kept.
  if (buffer.length > 1 << 20) buffer = new Uint8Array(4096)
  if (length < 64) {
    let size = 0
    let i = start
    for (; i < end; i++) {
      const code = text.charCodeAt(i)
      if (code < 0x80) bytes[size++] = code
      else if (code < 0x800) {
        bytes[size++] = 0xc0 | (code >> 6)
        bytes[size++] = 0x80 | (code & 63)
      } else if (code < 0xd800 || code > 0xdfff) {
        bytes[size++] = 0xe0 | (code >> 12)
        bytes[size++] = 0x80 | ((code >> 6) & 63)
        bytes[size++] = 0x80 | (code & 63)
      } else break
    }
    if (i === end) return { bytes, size }
  }
  return { bytes, size: encoder.encodeInto(text.slice(start, end), bytes).written }
}

/** Each byte of the UTF-8 of `text` as its character. */
export function toByteCharacters(text: string): string {
  const { bytes, size } = utf8(text)
  let result = ''
  for (let i = 0; i < size; i++) result += String.fromCharCode(characterOfByte[bytes[i]!]!)
  return result
}
