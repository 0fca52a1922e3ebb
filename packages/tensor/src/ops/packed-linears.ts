import { defineOp } from '../define-op.ts'
import { empty } from '../empty.ts'
import { launch } from '../encoder.ts'
import { OptionError, ShapeError } from '../errors.ts'
import {
  contiguousOrCopy,
  contiguousRows,
  releaseCopy,
  requireDType,
  storedFloats,
} from '../operands.ts'
import { type PackedWeight, schemeNumber } from '../packed-weight.ts'
import { shapeText } from '../shape.ts'
import type { Tensor } from '../tensor.ts'

/** One product of `packedLinears`. */
export interface PackedLinearTerm {
  readonly weight: PackedWeight // [N, K]
  readonly bias?: Tensor | undefined // [N]
}

const most = 5

/**
 * `x` f32 [..., K] times the transpose of each quantized weight [N, K], plus its bias [N] when there is one: f32
 * [..., N] each. One to five terms with the same `compute`, done as one job. A row gives the same bits alone and in any
 * batch, on any number of threads and any instruction set.
 */
export const packedLinears = defineOp(
  { name: 'packed_linears', gradient: 'todo' },
  (x: Tensor, terms: readonly PackedLinearTerm[]): Tensor[] => {
    if (terms.length < 1 || terms.length > most) {
      throw new OptionError(`packedLinears: there must be 1 to ${most} terms; got ${terms.length}.`)
    }
    requireDType('packedLinears', 'x', x, ['f32'])
    const { compute } = terms[0]!.weight
    for (const { weight, bias } of terms) {
      checkTerm(x, weight, bias)
      if (weight.compute !== compute) {
        throw new OptionError(
          `packedLinears: all weights must have the same compute; got '${compute}' and '${weight.compute}'.`,
        )
      }
    }
    const lead = x.shape.slice(0, -1)
    const m = lead.reduce((count, dim) => count * dim, 1)
    const flat = x.reshape([m, x.shape[x.rank - 1]!])
    const rows = contiguousRows(flat)
    const operands: (Tensor | undefined)[] = [rows]
    const copies: [Tensor | undefined, Tensor | undefined][] = []
    const results = terms.map(({ weight, bias }) => {
      const added = bias && contiguousOrCopy(bias)
      const out = empty('packedLinears', [...lead, weight.shape[0]], 'f32')
      operands.push(weight.data, added, out)
      copies.push([added, bias])
      return out
    })
    launch('packed_linears', `i${'iio'.repeat(terms.length)}`, operands, (writer) => {
      writer.u32(compute === 'fast' ? 1 : 0)
      for (const { weight } of terms) {
        writer.u32(schemeNumber(weight.scheme))
        writer.u32(weight.shape[0])
      }
    })
    releaseCopy(rows, flat)
    flat.dispose()
    for (const [used, given] of copies) releaseCopy(used, given)
    return results
  },
)

function checkTerm(x: Tensor, { shape }: PackedWeight, bias: Tensor | undefined): void {
  const [n, k] = shape
  if (x.rank < 1 || x.shape[x.rank - 1] !== k) {
    throw new ShapeError(
      `packedLinears: x must be [..., ${k}] for a weight ${shapeText(shape)}; got ${shapeText(x.shape)}.`,
    )
  }
  if (bias === undefined) return
  requireDType('packedLinears', 'bias', bias, storedFloats)
  if (bias.rank !== 1 || bias.shape[0] !== n) {
    throw new ShapeError(`packedLinears: bias must be [${n}]; got ${shapeText(bias.shape)}.`)
  }
}
