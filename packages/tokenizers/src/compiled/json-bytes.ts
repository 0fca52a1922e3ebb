// Reads JSON from its bytes where a parser would make a million strings. It knows the plain cases alone: on anything
// else it says so, and the caller takes the way that names errors.

const QUOTE = 0x22
const BACKSLASH = 0x5c
const hexDigits = new Int8Array(128).fill(-1)
for (let i = 0; i < 16; i++) {
  hexDigits['0123456789abcdef'.charCodeAt(i)] = i
  hexDigits['0123456789ABCDEF'.charCodeAt(i)] = i
}
const escapes = new Map(
  Object.entries({
    '"': '"',
    '\\': '\\',
    '/': '/',
    b: '\b',
    f: '\f',
    n: '\n',
    r: '\r',
    t: '\t',
  }).map(([name, character]) => [name.charCodeAt(0), character.charCodeAt(0)]),
)

/** A place in the bytes of a JSON text. */
export class JsonBytes {
  readonly bytes: Uint8Array
  at = 0
  /** Of the last string: where its UTF-8 is. */
  source: Uint8Array
  start = 0
  end = 0
  #scratch = new Uint8Array(1024)

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.source = bytes
  }

  /** The next byte that is no white space, or -1; stays before it. */
  peek(): number {
    const { bytes } = this
    let at = this.at
    while (at < bytes.length) {
      const byte = bytes[at]!
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break
      at++
    }
    this.at = at
    return at < bytes.length ? bytes[at]! : -1
  }

  /** Passes this byte, white space before it aside; false when another one is there. */
  take(byte: number): boolean {
    if (this.peek() !== byte) return false
    this.at++
    return true
  }

  /** Passes a string and sets `source`, `start` and `end`; false when it is none, or not well-formed. */
  string(): boolean {
    if (this.peek() !== QUOTE) return false
    const { bytes } = this
    const start = this.at + 1
    for (let at = start; at < bytes.length; at++) {
      const byte = bytes[at]!
      if (byte === QUOTE) {
        this.source = bytes
        this.start = start
        this.end = at
        this.at = at + 1
        return true
      }
      if (byte === BACKSLASH) return this.#escaped(start, at)
      if (byte < 0x20) return false
      if (byte >= 0x80) {
        const size = characterSize(bytes, at)
        if (size === 0) return false
        at += size - 1
      }
    }
    return false
  }

  /** Passes a whole number of eight digits at most; -1 when it is none. */
  whole(): number {
    const first = this.peek()
    const { bytes } = this
    let at = this.at
    let value = 0
    while (at < bytes.length && bytes[at]! >= 0x30 && bytes[at]! <= 0x39) {
      value = 10 * value + bytes[at++]! - 0x30
    }
    const digits = at - this.at
    const next = bytes[at]
    const isMore = next === 0x2e || next === 0x65 || next === 0x45
    if (digits === 0 || digits > 8 || (digits > 1 && first === 0x30) || isMore) return -1
    this.at = at
    return value
  }

  /** Passes any value, without a look at what it is; false at the end of the text. */
  skip(): boolean {
    const { bytes } = this
    let depth = 0
    for (this.peek(); this.at < bytes.length; this.at++) {
      switch (bytes[this.at]) {
        case QUOTE:
          if (!this.#skipString()) return false
          if (depth === 0) return true
          this.at--
          break
        case 0x7b:
        case 0x5b:
          depth++
          break
        case 0x7d:
        case 0x5d:
          if (depth === 0) return true
          if (--depth === 0) {
            this.at++
            return true
          }
          break
        case 0x2c:
          if (depth === 0) return true
          break
      }
    }
    return false
  }

  #skipString(): boolean {
    const { bytes } = this
    for (let at = this.at + 1; at < bytes.length; at++) {
      if (bytes[at] === BACKSLASH) at++
      else if (bytes[at] === QUOTE) {
        this.at = at + 1
        return true
      }
    }
    return false
  }

  #escaped(start: number, from: number): boolean {
    const { bytes } = this
    let scratch = this.#scratch
    let size = 0
    const room = (extra: number): void => {
      if (size + extra <= scratch.length) return
      scratch = new Uint8Array(2 * (size + extra))
      scratch.set(this.#scratch.subarray(0, size))
      this.#scratch = scratch
    }
    room(from - start)
    for (let at = start; at < from; at++) scratch[size++] = bytes[at]!
    for (let at = from; at < bytes.length; ) {
      room(4)
      const byte = bytes[at]!
      if (byte === QUOTE) {
        this.source = scratch
        this.start = 0
        this.end = size
        this.at = at + 1
        return true
      }
      if (byte < 0x20) return false
      if (byte !== BACKSLASH) {
        const count = byte < 0x80 ? 1 : characterSize(bytes, at)
        if (count === 0) return false
        for (let i = 0; i < count; i++) scratch[size++] = bytes[at++]!
        continue
      }
      const kind = bytes[at + 1] ?? 0
      const plain = escapes.get(kind)
      if (plain !== undefined) {
        scratch[size++] = plain
        at += 2
        continue
      }
      let code = kind === 0x75 ? unitAt(bytes, at + 2) : -1
      at += 6
      if (code < 0) return false
      if (code >= 0xd800 && code <= 0xdfff) {
        const isPair = bytes[at] === BACKSLASH && bytes[at + 1] === 0x75
        const low = code < 0xdc00 && isPair ? unitAt(bytes, at + 2) : -1
        if (low < 0xdc00 || low > 0xdfff) return false
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
        at += 6
      }
      size = putCharacter(scratch, size, code)
    }
    return false
  }
}

/** Number of bytes of the character of UTF-8 at `at`; 0 when there is none. */
function characterSize(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!
  const second = bytes[at + 1] ?? 0
  if (lead < 0xc2 || lead > 0xf4 || (second & 0xc0) !== 0x80) return 0
  if (lead < 0xe0) return 2
  if (((bytes[at + 2] ?? 0) & 0xc0) !== 0x80) return 0
  if (lead < 0xf0) {
    // Neither too long nor a surrogate.
    return (lead === 0xe0 && second < 0xa0) || (lead === 0xed && second > 0x9f) ? 0 : 3
  }
  if (((bytes[at + 3] ?? 0) & 0xc0) !== 0x80) return 0
  return (lead === 0xf0 && second < 0x90) || (lead === 0xf4 && second > 0x8f) ? 0 : 4
}

function unitAt(bytes: Uint8Array, at: number): number {
  let unit = 0
  for (let i = at; i < at + 4; i++) {
    const digit = hexDigits[bytes[i] ?? 0] ?? -1
    if (digit < 0) return -1
    unit = 16 * unit + digit
  }
  return unit
}

function putCharacter(bytes: Uint8Array, size: number, code: number): number {
  if (code < 0x80) bytes[size++] = code
  else if (code < 0x800) {
    bytes[size++] = 0xc0 | (code >> 6)
    bytes[size++] = 0x80 | (code & 63)
  } else if (code < 0x10000) {
    bytes[size++] = 0xe0 | (code >> 12)
    bytes[size++] = 0x80 | ((code >> 6) & 63)
    bytes[size++] = 0x80 | (code & 63)
  } else {
    bytes[size++] = 0xf0 | (code >> 18)
    bytes[size++] = 0x80 | ((code >> 12) & 63)
    bytes[size++] = 0x80 | ((code >> 6) & 63)
    bytes[size++] = 0x80 | (code & 63)
  }
  return size
}
