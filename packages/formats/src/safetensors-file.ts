import { type DType, HeddleError, type Tensor } from '@heddle/tensor'
import { type NativeFile, openFile, type SafetensorsHeader } from '@heddle/tensor/internal'
import { quote } from './quote.ts'
import { fromSafetensorsDType, type SafetensorsDType } from './safetensors-dtype.ts'

/** How a file of tensors is opened. */
export interface OpenOptions {
  /**
   * true maps the file, so that its tensors cost no memory of their own; false reads a copy that
   * nobody can change. Default: true, except on Windows.
   */
  mmap?: boolean
}

/** A stored tensor that can be loaded. */
export interface TensorInfo {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly bytes: number
}

/** A stored tensor as its header describes it, loadable or not. */
export interface StoredTensorInfo {
  readonly dtype: SafetensorsDType
  readonly shape: readonly number[]
  readonly bytes: number
}

/** Named tensors that stay on disk until they are asked for. */
export interface Checkpoint {
  readonly names: readonly string[]
  /** `__metadata__`; of shards what all of them agree on. */
  readonly metadata: ReadonlyMap<string, string>
  has(name: string): boolean
  /** dtype, shape and bytes; `ERR_FORMAT_DTYPE_UNSUPPORTED` for a type that tensors cannot have. */
  info(name: string): TensorInfo
  /** What the header says, of every type of the format. */
  storedInfo(name: string): StoredTensorInfo
  /** The tensor, in place when the file is mapped and the data aligned, else copied. The caller owns it. */
  tensor(name: string): Tensor
  /** Rejects with `ERR_FILE_CHANGED` when a file is not the one that was opened. */
  check(): Promise<void>
  /** Closes the files; tensors made of them stay valid. Idempotent. */
  dispose(): void
  [Symbol.dispose](): void
}

/** One safetensors file. */
export class SafetensorsFile implements Checkpoint {
  readonly path: string
  readonly #file: NativeFile
  readonly #header: SafetensorsHeader
  // Built at the first question: a header of a million names should open quickly.
  #rows: Map<string, number> | undefined

  /** Use `openSafetensors`. */
  constructor(file: NativeFile, header: SafetensorsHeader) {
    this.path = file.path
    this.#file = file
    this.#header = header
  }

  get names(): readonly string[] {
    return this.#header.names
  }

  get metadata(): ReadonlyMap<string, string> {
    return this.#header.metadata
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined
  }

  #find(name: string): number | undefined {
    this.#rows ??= new Map(this.#header.names.map((each, row) => [each, row]))
    return this.#rows.get(name)
  }

  #row(name: string): number {
    const row = this.#find(name)
    if (row !== undefined) return row
    throw tensorNotFound(this.path, name, this.names.length)
  }

  info(name: string): TensorInfo {
    const { dtype, shape, bytes } = this.storedInfo(name)
    return { dtype: fromSafetensorsDType(dtype, `${this.path}, ${quote(name)}`), shape, bytes }
  }

  storedInfo(name: string): StoredTensorInfo {
    const row = this.#row(name)
    const { dtypes, shapes, offsets } = this.#header
    return {
      dtype: dtypes[row] as SafetensorsDType,
      shape: shapes.at(row)!,
      bytes: offsets[2 * row + 1]! - offsets[2 * row]!,
    }
  }

  tensor(name: string): Tensor {
    const { dtype, shape } = this.info(name)
    return this.#file.tensor(this.#header.offsets[2 * this.#row(name)]!, dtype, shape)
  }

  async check(): Promise<void> {
    this.#file.check()
  }

  dispose(): void {
    this.#file.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}

/** The error for a name that no file has (`ERR_TENSOR_NOT_FOUND`). */
export function tensorNotFound(where: string, name: unknown, count: number): HeddleError {
  return new HeddleError(
    'ERR_TENSOR_NOT_FOUND',
    `${where}: tensor must be one of its ${count} names; got ${quote(name)}. Look at \`names\`.`,
  )
}

/**
 * Opens a safetensors file and reads its header, nothing else. Headers that break a rule of the format
 * are refused with `ERR_FORMAT_...`, before any of their offsets is used.
 */
export async function openSafetensors(
  path: string,
  options: OpenOptions = {},
): Promise<SafetensorsFile> {
  const file = openFile(path, { mmap: options.mmap ?? process.platform !== 'win32' })
  try {
    return new SafetensorsFile(file, file.safetensorsHeader())
  } catch (error) {
    file.dispose()
    throw error
  }
}
