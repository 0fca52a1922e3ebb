import type { DType } from './dtype.ts'
import { byteSize } from './shape.ts'
import { Storage } from './storage.ts'
import { Tensor } from './tensor.ts'

/**
 * A tensor whose memory the next command that names it as output will allocate. For operations only:
 * reading it before that is an internal error.
 */
export function empty(where: string, shape: readonly number[], dtype: DType): Tensor {
  return new Tensor(new Storage(byteSize(where, shape, dtype)), shape, dtype)
}
