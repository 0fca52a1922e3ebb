// The wire format of protocol buffers, as much as a SentencePiece model needs: no groups, nothing past the end, no
// number that JavaScript cannot hold. Fields that are not known are skipped, as every reader of the format does.
import { TokenizerError } from '../errors.ts'

/** How a field is written. */
export const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

const wireNames = ['varint', 'fixed64', 'bytes', 'start of a group', 'end of a group', 'fixed32']
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads the fields of one message in order. */
export class WireReader {
  /** Number of the field that {@link next} stopped at. */
  field = 0
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #where: string
  #at = 0
  #wire = 0

  constructor(bytes: Uint8Array, where: string) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#where = where
  }

  /** Moves to the next field; false at the end of the message. */
  next(): boolean {
    if (this.#at >= this.#bytes.length) return false
    const tag = this.#varint()
    this.field = Math.floor(tag / 8)
    this.#wire = tag % 8
    if (this.field === 0 || this.field > 0x1fffffff || !(this.#wire in kept)) {
      const name = wireNames[this.#wire] ?? `wire type ${this.#wire}`
      throw this.#malformed('a tag of a known kind', `field ${this.field}, ${name}`)
    }
    return true
  }

  /** The field as a signed 32-bit number or an enum. */
  int32(): number {
    this.#expect(wire.varint)
    return this.#low32()
  }

  bool(): boolean {
    return this.int32() !== 0
  }

  float(): number {
    this.#expect(wire.fixed32)
    this.#need(4)
    const value = this.#view.getFloat32(this.#at, true)
    this.#at += 4
    return value
  }

  /** The bytes of the field, not copied. */
  bytes(): Uint8Array {
    this.#expect(wire.bytes)
    const size = this.#varint()
    this.#need(size)
    return this.#bytes.subarray(this.#at, (this.#at += size))
  }

  string(): string {
    const at = this.#at
    const bytes = this.bytes()
    const ascii = asciiText(bytes)
    if (ascii !== undefined) return ascii
    try {
      return decoder.decode(bytes)
    } catch {
      this.#at = at
      throw this.#malformed('UTF-8 text', 'other bytes')
    }
  }

  /** A message in the field. */
  message(name: string): WireReader {
    return new WireReader(this.bytes(), `${this.#where}: ${name}`)
  }

  skip(): void {
    if (this.#wire === wire.varint) this.#low32()
    else if (this.#wire === wire.bytes) this.bytes()
    else {
      const size = this.#wire === wire.fixed64 ? 8 : 4
      this.#need(size)
      this.#at += size
    }
  }

  #expect(kind: number): void {
    if (this.#wire === kind) return
    const got = wireNames[this.#wire]
    throw this.#malformed(`${wireNames[kind]} in field ${this.field}`, got)
  }

  #need(size: number): void {
    if (size <= this.#bytes.length - this.#at) return
    const left = this.#bytes.length - this.#at
    throw this.#malformed('whole', `${size} more bytes announced and ${left} left`)
  }

  /** A varint that is a tag or a length. */
  #varint(): number {
    let value = 0
    let scale = 1
    for (let i = 0; i < 10; i++) {
      this.#need(1)
      const byte = this.#bytes[this.#at++]!
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        if (value <= Number.MAX_SAFE_INTEGER) return value
        throw this.#malformed('a length below 2^53', `about ${value}`)
      }
      scale *= 128
    }
    throw this.#malformed('a number of 10 bytes at most', 'a longer one')
  }

  /** A varint's low 32 bits: negative numbers are written with all 64. */
  #low32(): number {
    let value = 0
    for (let i = 0; i < 10; i++) {
      this.#need(1)
      const byte = this.#bytes[this.#at++]!
      if (i < 5) value |= (byte & 0x7f) << (7 * i)
      if (byte < 0x80) return value
    }
    throw this.#malformed('a number of 10 bytes at most', 'a longer one')
  }

  #malformed(rule: string, got: unknown): TokenizerError {
    return new TokenizerError(
      'ERR_TOKENIZER_FORMAT',
      `${this.#where}: must be ${rule} at byte ${this.#at}; got ${String(got)}. Is the download complete?`,
      { details: { offset: this.#at } },
    )
  }
}

const kept: Readonly<Record<number, true>> = { 0: true, 1: true, 2: true, 5: true }

function asciiText(bytes: Uint8Array): string | undefined {
  if (bytes.length > 24) return undefined
  let text = ''
  for (const byte of bytes) {
    if (byte >= 0x80) return undefined
    text += String.fromCharCode(byte)
  }
  return text
}
