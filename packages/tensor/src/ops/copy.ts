import { defineOp } from '../define-op.ts'
import type { DType } from '../dtype.ts'
import { empty } from '../empty.ts'
import { launch } from '../encoder.ts'
import { DTypeError } from '../errors.ts'
import type { Tensor } from '../tensor.ts'

/**
 * A contiguous copy of `x`, converted to `dtype` when one is given. Floats narrow with one rounding to
 * nearest even; floats become integers by truncation; anything becomes bool as `x != 0`.
 */
export const copy = defineOp(
  { name: 'copy', gradient: 'todo' },
  (x: Tensor, options: { dtype?: DType } = {}): Tensor => {
    const dtype = options.dtype ?? x.dtype
    const float8 = (type: DType) => type === 'f8e4m3' || type === 'f8e5m2'
    if (dtype !== x.dtype && (float8(dtype) || float8(x.dtype))) {
      throw new DTypeError(
        `copy: float8 tensors are storage only; got a cast from ${x.dtype} to ${dtype}.`,
      )
    }
    const out = empty('copy', x.shape, dtype)
    launch('copy', 'io', [x, out])
    return out
  },
)
