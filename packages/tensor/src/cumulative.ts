import { isFloat } from './dtype.ts'
import { computable } from './elementwise.ts'
import { empty } from './empty.ts'
import { launch } from './encoder.ts'
import { scope } from './scope.ts'
import { normalizeAxis } from './shape.ts'
import type { Tensor } from './tensor.ts'

/** Enqueues the `cumsum` command; the code is the place in `Cumulative::ALL` of its kernel. */
export function cumulative(where: string, code: number, x: Tensor, axis: number): Tensor {
  computable(where, x.dtype)
  const at = normalizeAxis(where, axis, Math.max(1, x.rank), x.shape)
  return scope(() => {
    const out = empty(where, x.shape, isFloat(x.dtype) ? x.dtype : 'i64')
    launch('cumsum', 'io', [x.contiguous(), out], (p) => p.u32(code).u32(at))
    return out
  })
}
