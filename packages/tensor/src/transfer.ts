import type { DType } from './dtype.ts'
import { enqueueExport, enqueueImport } from './encoder.ts'
import { empty } from './empty.ts'
import { environmentId, flush } from './stream.ts'
import type { Tensor } from './tensor.ts'

/** A tensor on its way to another environment (worker): plain data for `postMessage`. */
export interface TensorHandle {
  readonly token: readonly [number, number]
  readonly shape: readonly number[]
  readonly dtype: DType
}

let next = 1

/** Publishes a tensor's memory (no copy when it is contiguous) for `receiveTensor` in one other environment. */
export function transferTensor(tensor: Tensor): TensorHandle {
  const compact = tensor.isContiguous && tensor.offset === 0 ? tensor : tensor.clone()
  const token = [next++, environmentId()] as const
  enqueueExport(compact.storage, token)
  if (compact !== tensor) compact.dispose()
  flush()
  return { token, shape: tensor.shape, dtype: tensor.dtype }
}

/** Takes a tensor that another environment published; commands that use it wait until it is there. */
export function receiveTensor(handle: TensorHandle): Tensor {
  const out = empty('receiveTensor', handle.shape, handle.dtype)
  enqueueImport(out.storage, handle.token)
  return out
}
