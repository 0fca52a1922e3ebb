import { FormatError, type Tensor } from '@heddle/tensor'
import { type NativeFile, openFile } from '@heddle/tensor/internal'
import { type GGUFHeader, type GGUFTensorInfo, readGGUFHeader } from './gguf-header.ts'
import type { GGUFValue, GGUFValueType } from './gguf-metadata.ts'
import { partPaths } from './gguf-parts.ts'
import { plainDType } from './gguf-types.ts'
import { quote } from './quote.ts'
import { type OpenOptions, tensorNotFound } from './safetensors-file.ts'

interface Part {
  readonly file: NativeFile
  readonly header: GGUFHeader
}

/** A GGUF file, or all parts of a split one: metadata and named tensors that stay on disk until asked for. */
export class GGUFFile {
  readonly path: string
  readonly version: number
  /** Keys and values; of a split file those of its first part. */
  readonly metadata: ReadonlyMap<string, GGUFValue>
  /** The type in which each value of `metadata` is written. */
  readonly metadataTypes: ReadonlyMap<string, GGUFValueType>
  readonly #parts: readonly Part[]
  readonly #rows = new Map<string, { readonly info: GGUFTensorInfo; readonly file: NativeFile }>()

  /** Use `openGGUF`. */
  constructor(parts: readonly [Part, ...Part[]]) {
    const [{ file, header }] = parts
    this.path = file.path
    this.version = header.version
    this.metadata = header.metadata.values
    this.metadataTypes = header.metadata.types
    this.#parts = parts
    for (const part of parts) {
      for (const info of part.header.tensors) {
        if (this.#rows.has(info.name)) {
          throw new FormatError(
            'ERR_FORMAT_DUPLICATE',
            `${part.file.path}: a tensor must be in one part; got ${quote(info.name)} again. ` +
              'Download the parts again.',
          )
        }
        this.#rows.set(info.name, { info, file: part.file })
      }
    }
  }

  /** Names of the tensors, in the order of the file. */
  get names(): readonly string[] {
    return [...this.#rows.keys()]
  }

  has(name: string): boolean {
    return this.#rows.has(name)
  }

  /** Type, shape and place of a tensor. */
  info(name: string): GGUFTensorInfo {
    return this.#row(name).info
  }

  /** The bytes of a tensor as they are stored, u8 [bytes], in place when the file is mapped. The caller owns it. */
  packed(name: string): Tensor {
    const { info, file } = this.#row(name)
    return file.tensor(info.byteOffset, 'u8', [info.bytes])
  }

  /**
   * A tensor of a plain type (F32, F16, BF16, F64, I8 to I64), in place when the file is mapped. The caller owns
   * it. Packed types are `ERR_FORMAT_DTYPE_UNSUPPORTED`: see `packed` and `dequantizeGGUF`.
   */
  tensor(name: string): Tensor {
    const { info, file } = this.#row(name)
    const dtype = plainDType(info.type)
    if (dtype !== undefined) return file.tensor(info.byteOffset, dtype, info.shape)
    throw new FormatError(
      'ERR_FORMAT_DTYPE_UNSUPPORTED',
      `${this.path}, ${quote(name)}: a tensor that is used as stored must be of a plain type; got ${info.type}. ` +
        'Take its bytes with packed() and decode them with dequantizeGGUF().',
    )
  }

  #row(name: string) {
    const row = this.#rows.get(name)
    if (row !== undefined) return row
    throw tensorNotFound(this.path, name, this.#rows.size)
  }

  /** Rejects with `ERR_FILE_CHANGED` when a file is not the one that was opened. */
  async check(): Promise<void> {
    for (const { file } of this.#parts) file.check()
  }

  /** Closes the files; tensors made of them stay valid. Idempotent. */
  dispose(): void {
    for (const { file } of this.#parts) file.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}

/**
 * Opens a GGUF file and reads its header, nothing else; of a split file (`x-00001-of-00003.gguf`) all parts, by the
 * path of the first. Headers that break a rule of the format are refused with `ERR_FORMAT_...`.
 */
export async function openGGUF(path: string, options: OpenOptions = {}): Promise<GGUFFile> {
  const mmap = options.mmap ?? process.platform !== 'win32'
  const parts: Part[] = []
  const open = (from: string): Part => {
    const file = openFile(from, { mmap })
    try {
      const part = { file, header: readGGUFHeader(file) }
      parts.push(part)
      return part
    } catch (error) {
      file.dispose()
      throw error
    }
  }
  try {
    const first = open(path)
    const rest = partPaths(path, first.header).map((from) => open(from))
    checkParts(path, [first, ...rest])
    return new GGUFFile([first, ...rest])
  } catch (error) {
    for (const { file } of parts) file.dispose()
    throw error
  }
}

function checkParts(path: string, parts: readonly Part[]): void {
  if (parts.length === 1) return
  const wrong = (rule: string, got: unknown) =>
    new FormatError(
      'ERR_FORMAT_SPLIT',
      `${path}: ${rule}; got ${quote(got)}. Download all parts again.`,
    )
  for (const [i, { header }] of parts.entries()) {
    const { values } = header.metadata
    const [number, count] = [values.get('split.no'), values.get('split.count')]
    if (number !== i) throw wrong(`part ${i + 1} must have the number ${i} in split.no`, number)
    if (count !== parts.length)
      throw wrong(`part ${i + 1} must say ${parts.length} in split.count`, count)
  }
  const total = parts.reduce((sum, { header }) => sum + header.tensors.length, 0)
  const said = parts[0]!.header.metadata.values.get('split.tensors.count')
  if (said !== undefined && said !== total)
    throw wrong(`the parts must have ${total} tensors together, as split.tensors.count`, said)
}
