/** Reads bytes one at a time as UTF-8; a byte that begins no character becomes one U+FFFD. */
export class Utf8Run {
  #held: number[] = []

  /** Takes a byte and returns the text that is certain by now. */
  push(byte: number): string {
    this.#held.push(byte)
    return this.#take(false)
  }

  /** No more bytes: returns the rest. */
  end(): string {
    return this.#held.length === 0 ? '' : this.#take(true)
  }

  #take(isEnd: boolean): string {
    const held = this.#held
    let text = ''
    while (held.length > 0) {
      const size = characterSize(held)
      if (size > held.length) {
        if (!isEnd) return text
        text += '\ufffd'
        held.shift()
      } else if (size === 0) {
        text += '\ufffd'
        held.shift()
      } else text += characterOf(held.splice(0, size))
    }
    return text
  }
}

/** Bytes of the character that begins the list, which may not be all there; 0 when none does. */
function characterSize(bytes: readonly number[]): number {
  const first = bytes[0]!
  if (first < 0x80) return 1
  if (first < 0xc2 || first > 0xf4) return 0
  const size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
  for (let i = 1; i < Math.min(size, bytes.length); i++) {
    let low = 0x80
    let high = 0xbf
    if (i === 1) {
      // No overlong forms, no surrogates, nothing above U+10FFFF.
      if (first === 0xe0) low = 0xa0
      else if (first === 0xed) high = 0x9f
      else if (first === 0xf0) low = 0x90
      else if (first === 0xf4) high = 0x8f
    }
    if (bytes[i]! < low || bytes[i]! > high) return 0
  }
  return size
}

function characterOf(bytes: readonly number[]): string {
  const [first = 0] = bytes
  let code = bytes.length === 1 ? first : first & (0x7f >> bytes.length)
  for (let i = 1; i < bytes.length; i++) code = (code << 6) | (bytes[i]! & 0x3f)
  return String.fromCodePoint(code)
}
