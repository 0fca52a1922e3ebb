import { defineOp } from '../define-op.ts'
import { empty } from '../empty.ts'
import { launch } from '../encoder.ts'
import { OptionError } from '../errors.ts'
import { checkProduct } from '../linear-product.ts'
import { contiguousOrCopy, contiguousRows, releaseCopy } from '../operands.ts'
import type { Tensor } from '../tensor.ts'

/** One product of `linears`. */
export interface LinearTerm {
  readonly weight: Tensor // [N, K]
  readonly bias?: Tensor | undefined // [N]
}

const most = 5

/**
 * `linear(x, weight, bias)` for one to five terms at once: siblings such as query, key and value read their
 * small weights as one job. The bits are those of `linear`.
 */
export const linears = defineOp(
  { name: 'linears', gradient: 'todo' },
  (x: Tensor, terms: readonly LinearTerm[]): Tensor[] => {
    if (terms.length < 1 || terms.length > most) {
      throw new OptionError(`linears: there must be 1 to ${most} terms; got ${terms.length}.`)
    }
    const sizes = terms.map(({ weight, bias }) => checkProduct('linears', x, weight, bias, 'nk'))
    const lead = x.shape.slice(0, -1)
    const flat = x.reshape([lead.reduce((count, dim) => count * dim, 1), sizes[0]![1]])
    const rows = contiguousRows(flat)
    const operands: (Tensor | undefined)[] = [rows]
    const copies: [Tensor | undefined, Tensor | undefined][] = []
    const results = terms.map(({ weight, bias }, i) => {
      const stored = contiguousRows(weight)
      const added = bias && contiguousOrCopy(bias)
      const out = empty('linears', [...lead, sizes[i]![0]], 'f32')
      operands.push(stored, added, out)
      copies.push([stored, weight], [added, bias])
      return out
    })
    launch('linears', `i${'iio'.repeat(terms.length)}`, operands)
    releaseCopy(rows, flat)
    flat.dispose()
    for (const [used, given] of copies) releaseCopy(used, given)
    return results
  },
)
