import * as addon from '@heddle/native'
import { bytesPerElement, type DType } from './dtype.ts'
import { enqueueAdopt, refuseRecording } from './encoder.ts'
import { DisposedError, native } from './errors.ts'
import { byteSize } from './shape.ts'
import { Storage } from './storage.ts'
import { environmentId } from './stream.ts'
import { Tensor } from './tensor.ts'

/** Header of a safetensors file in columns (a million tensors must not be a million objects). */
export interface SafetensorsHeader {
  readonly names: string[]
  /** Names as in the file: F32, BF16, ... */
  readonly dtypes: string[]
  /** Dimensions of the tensor in a row. */
  readonly shapes: { at(row: number): number[] | undefined }
  /** Begin and end of each tensor in bytes from the start of the file, two per tensor. */
  readonly offsets: Float64Array
  readonly metadata: Map<string, string>
}

/** A file of tensors: mapped, or read into owned memory. */
export class NativeFile {
  readonly path: string
  /** Bytes. */
  readonly size: number
  readonly isMapped: boolean
  readonly #id: number
  #disposed = false

  constructor(path: string, options: { mmap: boolean }) {
    const { id, size } = native(() => addon.openFile(path, options.mmap))
    this.path = path
    this.size = size
    this.isMapped = options.mmap
    this.#id = id
  }

  #open(): number {
    if (this.#disposed) {
      throw new DisposedError(`NativeFile: must not be used after dispose(); got ${this.path}.`)
    }
    return this.#id
  }

  /** Reads and checks the header; hostile ones throw ERR_FORMAT_... */
  safetensorsHeader(): SafetensorsHeader {
    const raw = native(() => addon.safetensorsHeader(this.#open()))
    const metadata = texts(raw.metadata, raw.metadataEnds)
    const pairs = new Map<string, string>()
    for (let i = 0; i + 1 < metadata.length; i += 2) pairs.set(metadata[i]!, metadata[i + 1]!)
    return {
      names: texts(raw.names, raw.nameEnds),
      dtypes: Array.from(raw.dtypes, (code) => raw.dtypeNames[code]!),
      shapes: new Shapes(raw.ranks, raw.dims),
      offsets: raw.offsets,
      metadata: pairs,
    }
  }

  /** Copies the bytes at `byteOffset` into `into`; a range outside the file is ERR_FILE_RANGE. */
  read(byteOffset: number, into: Uint8Array): void {
    native(() => addon.readFile(this.#open(), byteOffset, into))
  }

  /** A tensor inside the file, in place (copied when it is not aligned to its element). Read-only memory. */
  tensor(byteOffset: number, dtype: DType, shape: readonly number[]): Tensor {
    refuseRecording('NativeFile.tensor')
    const bytes = byteSize('NativeFile.tensor', shape, dtype)
    const size = bytesPerElement[dtype]
    const payload = native(() =>
      addon.filePayload(environmentId(), this.#open(), byteOffset, bytes, size),
    )
    const storage = new Storage(bytes, byteOffset % size === 0)
    const out = new Tensor(storage, shape, dtype)
    enqueueAdopt(storage, payload)
    return out
  }

  /** Throws ERR_FILE_CHANGED when the file is not the one that was opened. */
  check(): void {
    native(() => addon.checkFile(this.#open()))
  }

  /** Forgets the file; tensors inside it keep its memory. Idempotent. */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    addon.closeFile(this.#id)
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}

/** Maps a file of tensors (`mmap: false` reads it into owned memory). */
export const openFile = (path: string, options: { mmap: boolean }): NativeFile =>
  new NativeFile(path, options)

/** Shapes in two columns; each becomes an array when somebody asks for it. */
class Shapes {
  readonly #ranks: Uint8Array
  readonly #dims: Float64Array
  readonly #starts: Uint32Array

  constructor(ranks: Uint8Array, dims: Float64Array) {
    this.#ranks = ranks
    this.#dims = dims
    this.#starts = new Uint32Array(ranks.length)
    for (let row = 1; row < ranks.length; row++) {
      this.#starts[row] = this.#starts[row - 1]! + ranks[row - 1]!
    }
  }

  at(row: number): number[] | undefined {
    const start = this.#starts[row]
    if (start === undefined) return undefined
    return Array.from(this.#dims.subarray(start, start + this.#ranks[row]!))
  }
}

function texts(block: Uint8Array, ends: Uint32Array): string[] {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const out = new Array<string>(ends.length)
  const whole = decoder.decode(block)
  // ASCII, where bytes are characters: cutting one string is ten times faster than decoding a million.
  const isAscii = whole.length === block.length
  let start = 0
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i]!
    out[i] = isAscii ? whole.slice(start, end) : decoder.decode(block.subarray(start, end))
    start = end
  }
  return out
}
