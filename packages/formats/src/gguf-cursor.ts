// Reads a GGUF header front to back through a window on the file. Every length is compared with what is left of the
// file before anything is allocated for it.
import { FormatError } from '@heddle/tensor'
import type { NativeFile } from '@heddle/tensor/internal'

const windowBytes = 2 ** 20
/** Most bytes of one text, or of all texts of one array. */
export const maxTextBytes = 2 ** 28

/** A place in a GGUF header, moving forward. */
export class GGUFCursor {
  readonly #file: NativeFile
  #bytes = new Uint8Array(0)
  #view = new DataView(this.#bytes.buffer)
  #base = 0
  #at = 0

  constructor(file: NativeFile) {
    this.#file = file
  }

  /** Bytes from the start of the file. */
  get position(): number {
    return this.#base + this.#at
  }

  /** Bytes to the end of the file. */
  get remaining(): number {
    return this.#file.size - this.position
  }

  u8(what: string): number {
    const at = this.#take(1, what)
    return this.#view.getUint8(at)
  }

  i8(what: string): number {
    const at = this.#take(1, what)
    return this.#view.getInt8(at)
  }

  u16(what: string): number {
    const at = this.#take(2, what)
    return this.#view.getUint16(at, true)
  }

  i16(what: string): number {
    const at = this.#take(2, what)
    return this.#view.getInt16(at, true)
  }

  u32(what: string): number {
    const at = this.#take(4, what)
    return this.#view.getUint32(at, true)
  }

  i32(what: string): number {
    const at = this.#take(4, what)
    return this.#view.getInt32(at, true)
  }

  f32(what: string): number {
    const at = this.#take(4, what)
    return this.#view.getFloat32(at, true)
  }

  f64(what: string): number {
    const at = this.#take(8, what)
    return this.#view.getFloat64(at, true)
  }

  /** A number where that is exact, else a bigint. */
  u64(what: string): number | bigint {
    const at = this.#take(8, what)
    const high = this.#view.getUint32(at + 4, true)
    // No bigint where none is needed: lengths of texts are read by the hundred thousand.
    if (high < 2 ** 21) return high * 2 ** 32 + this.#view.getUint32(at, true)
    return this.#view.getBigUint64(at, true)
  }

  /** A number where that is exact, else a bigint. */
  i64(what: string): number | bigint {
    const at = this.#take(8, what)
    return exact(this.#view.getBigInt64(at, true))
  }

  /** How many things of at least `bytes` bytes follow; ERR_FORMAT_TRUNCATED when the file cannot hold them. */
  count(what: string, bytes: number): number {
    const at = this.position
    const count = this.u64(what)
    if (typeof count === 'number' && count <= Math.floor(this.remaining / bytes)) return count
    throw this.fault(
      'ERR_FORMAT_TRUNCATED',
      `${what} must fit in the ${this.remaining} bytes that follow`,
      `${count} of at least ${bytes} bytes each`,
      at,
    )
  }

  /** A text of at most `most` bytes. */
  text(what: string, most = maxTextBytes): string {
    const at = this.position
    const length = this.count(`the length of ${what}`, 1)
    if (length > most) {
      throw this.fault('ERR_FORMAT_LIMIT', `${what} may have ${most} bytes`, `${length}`, at)
    }
    const start = this.#take(length, what)
    return this.#decode(this.#bytes.subarray(start, start + length), what, at)
  }

  /** `count` texts: copied together and decoded at once, which is several times faster than one by one. */
  texts(count: number, what: string): string[] {
    const at = this.position
    const ends = new Uint32Array(count)
    let block = new Uint8Array(Math.min(this.remaining, maxTextBytes, 16 * count + 64))
    let used = 0
    let units = 0
    for (let i = 0; i < count; i++) {
      const length = this.#textLength(what)
      if (used + length > block.length) {
        if (used + length > maxTextBytes) {
          const rule = `the texts of ${what} may have ${maxTextBytes} bytes together`
          throw this.fault('ERR_FORMAT_LIMIT', rule, 'more', at)
        }
        const larger = new Uint8Array(2 * block.length + length)
        larger.set(block.subarray(0, used))
        block = larger
      }
      const from = this.#take(length, what)
      const bytes = this.#bytes
      // A text that begins inside a character would be valid only together with its neighbour.
      if (length > 0 && (bytes[from]! & 0xc0) === 0x80) throw this.#notText(`${what}[${i}]`, at)
      for (let k = from; k < from + length; k++) {
        const byte = bytes[k]!
        block[used++] = byte
        if (byte < 0x80) units++
        else if (byte >= 0xc0) units += byte >= 0xf0 ? 2 : 1
      }
      ends[i] = units
    }
    const whole = this.#decode(block.subarray(0, used), what, at)
    const texts = new Array<string>(count)
    let start = 0
    for (let i = 0; i < count; i++) {
      const end = ends[i]!
      texts[i] = whole.slice(start, end)
      start = end
    }
    return texts
  }

  /** The length of a text, which lies inside the file. */
  #textLength(what: string): number {
    const at = this.#at
    if (at + 8 <= this.#bytes.length && this.#view.getUint32(at + 4, true) === 0) {
      const length = this.#view.getUint32(at, true)
      // Inside the window is inside the file.
      if (at + 8 + length <= this.#bytes.length) {
        this.#at = at + 8
        return length
      }
    }
    return this.count(`the length of ${what}`, 1)
  }

  /** Fills `into` with the bytes that follow; the caller has counted them. */
  fill(into: Uint8Array): void {
    const at = this.position
    this.#file.read(at, into)
    this.#base = at + into.length
    this.#at = 0
    this.#use(new Uint8Array(0))
  }

  /** An error of the file, at `at` (the place now, when not given). */
  fault(code: string, rule: string, got: string, at = this.position): FormatError {
    return new FormatError(
      code,
      `${this.#file.path}: ${rule}; got ${got} (byte ${at}). ` +
        'The file is damaged or not a GGUF file: download it again.',
      { details: { offset: at } },
    )
  }

  /** Where in the window the next `count` bytes are; moves behind them. The window may be another afterwards. */
  #take(count: number, what: string): number {
    if (this.#at + count > this.#bytes.length) this.#refill(count, what)
    const at = this.#at
    this.#at += count
    return at
  }

  #refill(count: number, what: string): void {
    const { position, remaining } = this
    if (count > remaining) {
      const got = `${remaining} of ${count} bytes`
      throw this.fault('ERR_FORMAT_TRUNCATED', `${what} must lie inside the file`, got)
    }
    const bytes = new Uint8Array(Math.min(remaining, Math.max(count, windowBytes)))
    this.#file.read(position, bytes)
    this.#base = position
    this.#at = 0
    this.#use(bytes)
  }

  #use(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }

  #decode(bytes: Uint8Array, what: string, at: number): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    } catch {
      throw this.#notText(what, at)
    }
  }

  #notText(what: string, at: number): FormatError {
    return this.fault('ERR_FORMAT_HEADER_UTF8', `${what} must be UTF-8`, 'other bytes', at)
  }
}

function exact(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
