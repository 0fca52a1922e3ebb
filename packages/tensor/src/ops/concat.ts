import { defineOp } from '../define-op.ts'
import { promote } from '../elementwise.ts'
import { empty } from '../empty.ts'
import { launch } from '../encoder.ts'
import { ShapeError } from '../errors.ts'
import { scope } from '../scope.ts'
import { normalizeAxis, shapeText } from '../shape.ts'
import type { Tensor } from '../tensor.ts'

/** Inputs of one command; more are joined in several. */
const most = 15

/** The tensors one after another along `axis`; the other dimensions must agree, dtypes are promoted. */
export const concat = defineOp(
  { name: 'concat', gradient: 'todo' },
  (tensors: readonly Tensor[], axis: number): Tensor => {
    const [first] = tensors
    if (first === undefined) throw new ShapeError('concat: there must be a tensor; got none.')
    const at = normalizeAxis('concat', axis, first.rank, first.shape)
    const rest = (x: Tensor) => x.shape.toSpliced(at, 1).join()
    const odd = tensors.find((x) => x.rank !== first.rank || rest(x) !== rest(first))
    if (odd) {
      throw new ShapeError(
        `concat: shapes must agree but for axis ${at}; got ${shapeText(first.shape)} and ${shapeText(odd.shape)}.`,
      )
    }
    const dtype = tensors.reduce(
      (type, x) => (x.dtype === type ? type : promote('concat', type, x.dtype)),
      first.dtype,
    )
    return scope(() => {
      let parts = tensors.map((x) => (x.dtype === dtype ? x : x.to(dtype)))
      while (parts.length > most) {
        const groups = Array.from({ length: Math.ceil(parts.length / most) }, (_, i) =>
          parts.slice(i * most, (i + 1) * most),
        )
        parts = groups.map((group) => join(group, at))
      }
      return join(parts, at)
    })
  },
)

function join(parts: readonly Tensor[], axis: number): Tensor {
  const first = parts[0]!
  const length = parts.reduce((n, x) => n + x.shape[axis]!, 0)
  const out = empty('concat', first.shape.with(axis, length), first.dtype)
  launch('concat', `o${'i'.repeat(parts.length)}`, [out, ...parts], (p) => p.u32(axis))
  return out
}
