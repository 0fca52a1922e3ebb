import { defineOp } from '../define-op.ts'
import { empty } from '../empty.ts'
import { launch } from '../encoder.ts'
import { OptionError, ShapeError } from '../errors.ts'
import { requireDType } from '../operands.ts'
import {
  checkCompute,
  checkPackedShape,
  packedBytes,
  PackedWeight,
  type PackedCompute,
} from '../packed-weight.ts'
import { shapeText } from '../shape.ts'
import type { Tensor } from '../tensor.ts'

/** Types of GGUF that tiles hold without loss: ggml's number, values and bytes of a block, the scheme. */
const types = {
  Q4_0: { id: 2, values: 32, bytes: 18, scheme: 'q4' },
  Q4_1: { id: 3, values: 32, bytes: 20, scheme: 'q4Low' },
  Q5_0: { id: 6, values: 32, bytes: 22, scheme: 'q8' },
  Q5_1: { id: 7, values: 32, bytes: 24, scheme: 'q8Low' },
  Q8_0: { id: 8, values: 32, bytes: 34, scheme: 'q8' },
  Q4_K: { id: 12, values: 256, bytes: 144, scheme: 'q4Super' },
  Q5_K: { id: 13, values: 256, bytes: 176, scheme: 'q8Super' },
  Q6_K: { id: 14, values: 256, bytes: 210, scheme: 'q8Halves' },
} as const

/** A GGUF type that stays quantized. */
export type PackableGGUFType = keyof typeof types

/** Options of `packGGUF`. */
export interface PackGGUFOptions {
  readonly type: PackableGGUFType
  /** [N, K]; K is a whole number of blocks. */
  readonly shape: readonly number[]
  readonly compute?: PackedCompute
}

/** Rows of GGUF blocks, u8 contiguous, as a weight that stays quantized. Scales and codes are kept as they are. */
export const packGGUF = defineOp(
  { name: 'pack_gguf', gradient: 'none' },
  (blocks: Tensor, options: PackGGUFOptions): PackedWeight => {
    const { type, compute = 'exact' } = options
    const shape = checkPackedShape('packGGUF', options.shape)
    requireDType('packGGUF', 'blocks', blocks, ['u8'])
    if (!Object.hasOwn(types, type)) {
      throw new OptionError(
        `packGGUF: type must be one of ${Object.keys(types).join(', ')}; got ${String(type)}. ` +
          'Dequantize other types.',
      )
    }
    checkCompute('packGGUF', compute)
    const { id, values, bytes, scheme } = types[type]
    const [rows, columns] = shape
    if (
      columns % values !== 0 ||
      blocks.rank !== 1 ||
      blocks.size !== (rows * columns * bytes) / values
    ) {
      throw new ShapeError(
        `packGGUF: ${type} [${rows}, ${columns}] must be rows of whole blocks, ${bytes} bytes for ${values} ` +
          `values; got blocks ${shapeText(blocks.shape)}.`,
      )
    }
    const out = empty('packGGUF', [packedBytes(scheme, shape)], 'u8')
    launch('pack_gguf', 'io', [blocks, out], (writer) => {
      writer.u32(id)
      writer.u32(rows)
      writer.u32(columns)
    })
    return new PackedWeight(scheme, shape, out, compute)
  },
)
