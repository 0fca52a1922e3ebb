import { defineOp } from '../define-op.ts'
import type { DType } from '../dtype.ts'
import { empty } from '../empty.ts'
import { launch } from '../encoder.ts'
import { OptionError, ShapeError } from '../errors.ts'
import { ggufBlocks, type GGUFType, isGGUFType } from '../gguf-type.ts'
import { contiguousOrCopy, releaseCopy, requireDType, storedFloats } from '../operands.ts'
import { byteSize, shapeText } from '../shape.ts'
import type { Tensor } from '../tensor.ts'

/** What packed bytes hold. */
export interface DequantizeGGUFOptions {
  readonly type: GGUFType
  /** Shape of the values, rows first; the last dimension is whole blocks. */
  readonly shape: readonly number[]
  /** f32 (default, exact), bf16 or f16, rounded once. */
  readonly dtype?: DType
}

/** The values of a GGUF tensor from its packed bytes u8: `shape` of f32, or of another float type. */
export const dequantizeGGUF = defineOp(
  { name: 'dequantize_gguf', gradient: 'none' },
  (packed: Tensor, options: DequantizeGGUFOptions): Tensor => {
    const { type, shape, dtype = 'f32' } = options
    requireDType('dequantizeGGUF', 'packed', packed, ['u8'])
    if (!isGGUFType(type)) {
      throw new OptionError(
        `dequantizeGGUF: type must be one of ${Object.keys(ggufBlocks).join(', ')}; got ${String(type).slice(0, 40)}.`,
      )
    }
    if (!storedFloats.includes(dtype)) {
      throw new OptionError(
        `dequantizeGGUF: dtype must be one of ${storedFloats.join(', ')}; got ${String(dtype)}.`,
      )
    }
    const size = byteSize('dequantizeGGUF', shape, 'u8')
    const { id, values, bytes } = ggufBlocks[type]
    const width = shape[shape.length - 1] ?? 1
    if (width % values !== 0) {
      throw new ShapeError(
        `dequantizeGGUF: rows of ${type} must be blocks of ${values} values; got shape ${shapeText(shape)}.`,
      )
    }
    if ((size / values) * bytes !== packed.size) {
      throw new ShapeError(
        `dequantizeGGUF: packed must have ${(size / values) * bytes} bytes for ${type} ${shapeText(shape)}; got ${packed.size}.`,
      )
    }
    const out = empty('dequantizeGGUF', shape, dtype)
    const dense = contiguousOrCopy(packed)
    launch('dequantize_gguf', 'io', [dense, out], (p) => p.u32(id))
    releaseCopy(dense, packed)
    return out
  },
)
