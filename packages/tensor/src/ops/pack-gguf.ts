import { defineOp } from '../define-op.ts'
import { empty } from '../empty.ts'
import { launch } from '../encoder.ts'
import { OptionError, ShapeError } from '../errors.ts'
import { ggufBlocks } from '../gguf-type.ts'
import { requireDType } from '../operands.ts'
import {
  checkCompute,
  checkPackedShape,
  packableTypes,
  packedBytes,
  PackedWeight,
  type PackableGGUFType,
  type PackedCompute,
  schemeOfGGUF,
} from '../packed-weight.ts'
import { shapeText } from '../shape.ts'
import type { Tensor } from '../tensor.ts'

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
    const scheme = schemeOfGGUF(type)
    if (scheme === undefined) {
      throw new OptionError(
        `packGGUF: type must be one of ${Object.keys(packableTypes).join(', ')}; got ${String(type)}. ` +
          'Dequantize other types.',
      )
    }
    checkCompute('packGGUF', compute)
    const { id, values, bytes } = ggufBlocks[type]
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
