import { type DType, dtypes } from './dtype.ts'
import { enqueueExport, enqueueImport } from './encoder.ts'
import { empty } from './empty.ts'
import { DTypeError, OptionError } from './errors.ts'
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

/**
 * Takes a tensor that another environment published, once; commands that use it wait until it is there. A
 * handle that was received before, or that nobody publishes, fails with ERR_TRANSFER when it is read.
 */
export function receiveTensor(handle: TensorHandle): Tensor {
  const { token, shape, dtype } = handle
  const isWord = (value: unknown) =>
    Number.isInteger(value) && Number(value) === Number(value) >>> 0
  if (!Array.isArray(token) || token.length !== 2 || !token.every(isWord)) {
    throw new OptionError(
      'receiveTensor: the handle must come from transferTensor(); got one without a token.',
    )
  }
  if (!dtypes.includes(dtype)) {
    throw new DTypeError(`receiveTensor: dtype must be one of ${dtypes.join(', ')}; got ${dtype}.`)
  }
  const out = empty('receiveTensor', [...shape], dtype)
  enqueueImport(out.storage, token)
  return out
}
