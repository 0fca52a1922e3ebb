import { defineOp } from '../define-op.ts'
import { empty } from '../empty.ts'
import { launch } from '../encoder.ts'
import { OptionError } from '../errors.ts'
import { checkProduct } from '../linear-product.ts'
import { contiguousOrCopy, contiguousRows, releaseCopy } from '../operands.ts'
import type { Tensor } from '../tensor.ts'

/** Options of `linear`. */
export interface LinearOptions {
  /** How the weight is stored: 'nk' [out, in] (the default), or 'kn' [in, out] as in GPT-2's Conv1D. */
  readonly layout?: 'nk' | 'kn'
}

/**
 * `x` f32 [..., K] times the transpose of `weight` [N, K] (f32, bf16 or f16, read in place), plus `bias` [N]
 * when there is one: f32 [..., N]. A row gives the same bits alone and in any batch, on any number of threads.
 */
export const linear = defineOp(
  { name: 'linear', gradient: 'todo' },
  (x: Tensor, weight: Tensor, bias?: Tensor, options: LinearOptions = {}): Tensor => {
    const { layout = 'nk' } = options
    if (layout !== 'nk' && layout !== 'kn') {
      throw new OptionError(`linear: layout must be 'nk' or 'kn'; got ${String(layout)}.`)
    }
    const [n, k] = checkProduct('linear', x, weight, bias, layout)
    const lead = x.shape.slice(0, -1)
    const out = empty('linear', [...lead, n], 'f32')
    const m = lead.reduce((count, dim) => count * dim, 1)
    const flat = x.reshape([m, k])
    const [rows, stored] = [contiguousRows(flat), contiguousRows(weight)]
    const added = bias && contiguousOrCopy(bias)
    if (layout === 'nk') launch('linear', 'iiio', [rows, stored, added, out])
    else {
      // One product of the batch kernel.
      const left = rows.view([1, 1, m, k], [0, 0, ...rows.strides])
      const right = stored.view([1, 1, k, n], [0, 0, ...stored.strides])
      launch('matmul', 'iiio', [left, right, added, out])
      left.dispose()
      right.dispose()
    }
    releaseCopy(rows, flat)
    flat.dispose()
    releaseCopy(stored, weight)
    releaseCopy(added, bias)
    return out
  },
)
