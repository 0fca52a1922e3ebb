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

/** The UTF-8 of `text` in a shared buffer, good until the next call; returns the number of bytes. */
export function utf8(text: string): { bytes: Uint8Array; size: number } {
  if (text.length * 3 > buffer.length) buffer = new Uint8Array(text.length * 3)
  const bytes = buffer
  // A buffer for one long text is not kept.
  if (buffer.length > 1 << 20) buffer = new Uint8Array(4096)
  if (text.length < 64) {
    let size = 0
    for (; size < text.length; size++) {
      const code = text.charCodeAt(size)
      if (code >= 128) break
      bytes[size] = code
    }
    if (size === text.length) return { bytes, size }
  }
  return { bytes, size: encoder.encodeInto(text, bytes).written }
}

/** Each byte of the UTF-8 of `text` as its character. */
export function toByteCharacters(text: string): string {
  const { bytes, size } = utf8(text)
  let result = ''
  for (let i = 0; i < size; i++) result += String.fromCharCode(characterOfByte[bytes[i]!]!)
  return result
}
