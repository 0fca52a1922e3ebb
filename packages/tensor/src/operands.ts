import type { DType } from './dtype.ts'
import { DTypeError, OptionError } from './errors.ts'
import type { Tensor } from './tensor.ts'

/** Storage types that kernels read in place and compute with in f32. */
export const storedFloats: readonly DType[] = ['f32', 'bf16', 'f16']

/** Throws ERR_DTYPE unless `x` has one of the dtypes. */
export function requireDType(
  where: string,
  name: string,
  x: Tensor,
  dtypes: readonly DType[],
): void {
  if (!dtypes.includes(x.dtype)) {
    const one = dtypes.length > 1 ? `one of ${dtypes.join(', ')}` : dtypes[0]
    throw new DTypeError(
      `${where}: ${name} must be ${one}; got ${x.dtype}. Convert it with to('${dtypes[0]}').`,
    )
  }
}

/** Throws ERR_OPTION unless the option is a finite number. */
export function requireFinite(where: string, name: string, value: number): void {
  if (!Number.isFinite(value)) {
    throw new OptionError(`${where}: ${name} must be a finite number; got ${value}.`)
  }
}

/** `x` itself if its last dimension has stride 1, else a copy; see `releaseCopy`. */
export function contiguousRows(x: Tensor): Tensor {
  const last = x.rank - 1
  return x.shape[last]! <= 1 || x.strides[last] === 1 ? x : x.clone()
}

/** `x` itself if it is contiguous, else a copy; see `releaseCopy`. */
export function contiguousOrCopy(x: Tensor): Tensor {
  return x.isContiguous ? x : x.clone()
}

/** Disposes what an operand was copied to; `x` itself stays. */
export function releaseCopy(used: Tensor | undefined, x: Tensor | undefined): void {
  if (used !== x) used?.dispose()
}
