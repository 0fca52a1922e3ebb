// Writes GGUF files, right ones and wrong ones: every number can be given as it should stand in the file.
import { ggufValueTypes } from './gguf-metadata.ts'

/** A value as [type, value]; a list as ['array', type, values]. */
export type Entry =
  | readonly [type: string, value: unknown]
  | readonly [type: 'array', of: string | number, values: readonly unknown[], count?: bigint]

/** A tensor of the file; `offset` when it is not where it should be. */
export interface TestTensor {
  readonly name: string | Uint8Array
  /** As in the file: the innermost first. */
  readonly dims: readonly (number | bigint)[]
  readonly type?: number
  readonly offset?: number | bigint
  readonly rank?: number
  /** Bytes of data (default: 4 for each value). */
  readonly data?: Uint8Array
}

/** What `ggufBytes` writes; counts, lengths and versions may lie. */
export interface TestFile {
  readonly magic?: number
  readonly version?: number
  readonly keys?: readonly (readonly [key: string | Uint8Array, entry: Entry])[]
  readonly tensors?: readonly TestTensor[]
  readonly tensorCount?: bigint
  readonly keyCount?: bigint
  readonly alignment?: number
  readonly tail?: number
}

/** The bytes of a GGUF file. */
export function ggufBytes(file: TestFile): Uint8Array {
  const { keys = [], tensors = [], alignment = 32 } = file
  const out: Uint8Array[] = []
  const put = (bytes: Uint8Array) => out.push(bytes)
  put(u32(file.magic ?? 0x46554747))
  put(u32(file.version ?? 3))
  put(u64(file.tensorCount ?? BigInt(tensors.length)))
  put(u64(file.keyCount ?? BigInt(keys.length)))
  for (const [key, entry] of keys) {
    put(text(key))
    put(value(entry))
  }
  let end = 0
  const data: Uint8Array[] = []
  for (const tensor of tensors) {
    const size = tensor.dims.reduce<number>((product, dim) => product * Number(dim), 1)
    const bytes = tensor.data ?? new Uint8Array(4 * size).fill(1)
    const start = Math.ceil(end / alignment) * alignment
    data.push(new Uint8Array(start - end), bytes)
    end = start + bytes.length
    put(text(tensor.name))
    put(u32(tensor.rank ?? tensor.dims.length))
    for (const dim of tensor.dims) put(u64(BigInt(dim)))
    put(u32(tensor.type ?? 0))
    put(u64(BigInt(tensor.offset ?? start)))
  }
  const header = Buffer.concat(out)
  const gap = tensors.length === 0 ? 0 : (alignment - (header.length % alignment)) % alignment
  return Buffer.concat([header, new Uint8Array(gap), ...data, new Uint8Array(file.tail ?? 0)])
}

const scalars: Record<string, (view: DataView, value: never) => number> = {
  u8: (view, value) => (view.setUint8(0, value), 1),
  i8: (view, value) => (view.setInt8(0, value), 1),
  bool: (view, value) => (view.setUint8(0, Number(value)), 1),
  u16: (view, value) => (view.setUint16(0, value, true), 2),
  i16: (view, value) => (view.setInt16(0, value, true), 2),
  u32: (view, value) => (view.setUint32(0, value, true), 4),
  i32: (view, value) => (view.setInt32(0, value, true), 4),
  f32: (view, value) => (view.setFloat32(0, value, true), 4),
  u64: (view, value) => (view.setBigUint64(0, BigInt(value), true), 8),
  i64: (view, value) => (view.setBigInt64(0, BigInt(value), true), 8),
  f64: (view, value) => (view.setFloat64(0, value, true), 8),
}

function scalar(type: string, value: unknown): Uint8Array {
  if (type === 'string') return text(value as string)
  const view = new DataView(new ArrayBuffer(8))
  return new Uint8Array(view.buffer, 0, scalars[type]!(view, value as never))
}

function value(entry: Entry): Uint8Array {
  const [type, second, values, count] = entry
  const number = (name: string | number) =>
    u32(typeof name === 'number' ? name : ggufValueTypes.indexOf(name as never))
  if (type !== 'array') return Buffer.concat([number(type), scalar(type, second)])
  const of = second as string | number
  const items = (values as readonly unknown[]).map((item) =>
    typeof of === 'number' ? (item as Uint8Array) : scalar(of, item),
  )
  return Buffer.concat([number('array'), number(of), u64(count ?? BigInt(items.length)), ...items])
}

/** A length and the text behind it. */
export function text(value: string | Uint8Array): Uint8Array {
  const bytes = Buffer.from(value as string)
  return Buffer.concat([u64(BigInt(bytes.length)), bytes])
}

export function u32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer)
}

export function u64(value: bigint): Uint8Array {
  return new Uint8Array(BigUint64Array.of(BigInt.asUintN(64, value)).buffer)
}
