import { AbortError, FormatError, OptionError, type Tensor, unscoped } from '@heddle/tensor'
import { writeFileAtomic } from './atomic-file.ts'
import { quote } from './quote.ts'
import { bytesOf, safetensorsDTypes, toSafetensorsDType } from './safetensors-dtype.ts'
import { isWellFormed } from './well-formed.ts'

/** Options of `saveSafetensors`. */
export interface SaveOptions {
  /** Stops between two pieces with `AbortError`; the file is then as before. */
  signal?: AbortSignal
  /** Called after each piece. */
  onProgress?: (progress: { readonly bytes: number; readonly total: number }) => void
}

const longestHeader = 100_000_000
const piece = 16 * 2 ** 20
const rank = new Map(safetensorsDTypes.map((dtype, order) => [dtype as string, order]))

interface Row {
  readonly name: string
  readonly sortKey: Buffer
  readonly tensor: Tensor
  readonly bytes: number
}

/**
 * Writes tensors as Python's safetensors does, byte for byte, and atomically: the file at `path` is the
 * old one until the new one is complete and on disk. Data goes out in pieces of at most 16 MiB. The
 * tensors may be disposed as soon as this was called.
 */
export async function saveSafetensors(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  metadata?: Readonly<Record<string, string>> | ReadonlyMap<string, string>,
  options: SaveOptions = {},
): Promise<void> {
  const rows: Row[] = []
  try {
    for (const [name, tensor] of tensors) rows.push(row(name, tensor))
    rows.sort(compare)
    const head = header(rows, metadata)
    const total = rows.reduce((sum, { bytes }) => sum + bytes, head.byteLength)
    await writeFileAtomic(path, async (append) => {
      let bytes = 0
      const put = async (part: Uint8Array): Promise<void> => {
        if (options.signal?.aborted) throw new AbortError(undefined, options.signal.reason)
        await append(part)
        bytes += part.byteLength
        options.onProgress?.({ bytes, total })
      }
      await put(head)
      for (const { tensor, bytes: size } of rows) if (size > 0) await putTensor(tensor, put)
    })
  } finally {
    for (const { tensor } of rows) tensor.dispose()
  }
}

function row(name: string, tensor: Tensor): Row {
  if (typeof name !== 'string' || !isWellFormed(name) || name === '__metadata__') {
    throw new OptionError(
      `saveSafetensors: tensor names must be Unicode text other than "__metadata__"; got ${quote(name)}. Rename it.`,
    )
  }
  return {
    name,
    sortKey: Buffer.from(name),
    // Of our own: the caller's scope may end before the data is read.
    tensor: unscoped(() => tensor.view(tensor.shape, tensor.strides)),
    bytes: bytesOf(tensor.size, tensor.dtype),
  }
}

/** Wider types first, so that every tensor is aligned to its element; then names by their UTF-8 bytes. */
function compare(a: Row, b: Row): number {
  const order = (of: Row): number => rank.get(toSafetensorsDType(of.tensor.dtype))!
  return order(b) - order(a) || Buffer.compare(a.sortKey, b.sortKey)
}

function header(
  rows: readonly Row[],
  metadata?: Readonly<Record<string, string>> | ReadonlyMap<string, string>,
): Uint8Array {
  const parts: string[] = []
  if (metadata !== undefined) {
    const pairs = metadata instanceof Map ? [...metadata] : Object.entries(metadata)
    parts.push(`"__metadata__":{${pairs.map(metadataPair).join(',')}}`)
  }
  let offset = 0
  for (const { name, tensor, bytes } of rows) {
    const dtype = toSafetensorsDType(tensor.dtype)
    const shape = tensor.shape.join(',')
    parts.push(
      `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape}],"data_offsets":[${offset},${offset + bytes}]}`,
    )
    offset += bytes
  }
  const text = Buffer.from(`{${parts.join(',')}}`)
  const size = Math.ceil(text.byteLength / 8) * 8
  if (size > longestHeader) {
    throw new FormatError(
      'ERR_FORMAT_HEADER_SIZE',
      `saveSafetensors: the header must have at most ${longestHeader} bytes; got ${size} for ${rows.length} tensors. Save several files.`,
    )
  }
  const out = new Uint8Array(8 + size).fill(0x20)
  new DataView(out.buffer).setBigUint64(0, BigInt(size), true)
  out.set(text, 8)
  return out
}

function metadataPair([key, value]: [string, unknown]): string {
  if (typeof value !== 'string' || !isWellFormed(key) || !isWellFormed(value)) {
    throw new OptionError(
      `saveSafetensors: metadata must map text to text; got ${quote(value)} for ${quote(key)}. Use String(value).`,
    )
  }
  return `${JSON.stringify(key)}:${JSON.stringify(value)}`
}

/** Writes row-major bytes piece by piece, so that a large tensor is never held a second time. */
async function putTensor(tensor: Tensor, put: (part: Uint8Array) => Promise<void>): Promise<void> {
  const bytes = bytesOf(tensor.size, tensor.dtype)
  if (bytes <= piece) return put(new Uint8Array(await tensor.bytes()))
  const part = async (make: () => Tensor): Promise<void> => {
    const view = unscoped(make)
    try {
      await putTensor(view, put)
    } finally {
      view.dispose()
    }
  }
  if (tensor.isContiguous && tensor.rank > 1) return part(() => tensor.reshape([-1]))
  const length = tensor.shape[0]!
  const step = Math.max(1, Math.floor(piece / (bytes / length)))
  for (let start = 0; start < length; start += step) {
    const end = Math.min(length, start + step)
    await part(() =>
      bytes / length > piece ? tensor.select(0, start) : tensor.slice(0, start, end),
    )
  }
}
