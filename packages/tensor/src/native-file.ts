import * as addon from '@heddle/native'
import { bytesPerElement, type DType } from './dtype.ts'
import { enqueueAdopt } from './encoder.ts'
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
  readonly shapes: number[][]
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
    const shapes: number[][] = []
    let at = 0
    for (const rank of raw.ranks) {
      shapes.push(Array.from(raw.dims.subarray(at, at + rank)))
      at += rank
    }
    const metadata = texts(raw.metadata, raw.metadataEnds)
    const pairs = new Map<string, string>()
    for (let i = 0; i + 1 < metadata.length; i += 2) pairs.set(metadata[i]!, metadata[i + 1]!)
    return {
      names: texts(raw.names, raw.nameEnds),
      dtypes: Array.from(raw.dtypes, (code) => raw.dtypeNames[code]!),
      shapes,
      offsets: raw.offsets,
      metadata: pairs,
    }
  }

  /** A tensor inside the file, in place (copied when it is not aligned to its element). Read-only memory. */
  tensor(byteOffset: number, dtype: DType, shape: readonly number[]): Tensor {
    const bytes = byteSize('NativeFile.tensor', shape, dtype)
    const size = bytesPerElement[dtype]
    const payload = native(() => addon.filePayload(environmentId(), this.#open(), byteOffset, bytes, size))
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
export const openFile = (path: string, options: { mmap: boolean }): NativeFile => new NativeFile(path, options)

function texts(block: Uint8Array, ends: Uint32Array): string[] {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const out = new Array<string>(ends.length)
  let start = 0
  for (let i = 0; i < ends.length; i++) {
    out[i] = decoder.decode(block.subarray(start, ends[i]))
    start = ends[i]!
  }
  return out
}
