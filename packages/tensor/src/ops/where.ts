import { defineOp } from '../define-op.ts'
import { computable, operand, promoteNumber, promoteTensors } from '../elementwise.ts'
import { empty } from '../empty.ts'
import { launch } from '../encoder.ts'
import { DTypeError } from '../errors.ts'
import { broadcastShapes } from '../shape.ts'
import type { Tensor } from '../tensor.ts'

/** The elements of `a` where `condition` (bool or u8) is not 0, of `b` elsewhere; all three broadcast. */
export const where = defineOp(
  { name: 'where', gradient: 'todo' },
  (condition: Tensor, a: Tensor | number, b: Tensor | number): Tensor => {
    if (condition.dtype !== 'bool' && condition.dtype !== 'u8') {
      throw new DTypeError(
        `where: the condition must be bool or u8; got ${condition.dtype}. Compare it with ne(x, 0).`,
      )
    }
    const dtype = resultType(a, b)
    const [x, y] = [typeof a === 'number' ? undefined : a, typeof b === 'number' ? undefined : b]
    const shapes = [condition, x, y].filter((t) => t !== undefined).map((t) => t.shape)
    const shape = broadcastShapes('where', ...shapes)
    const mask = operand(condition, condition.dtype, shape)
    const left = x && operand(x, dtype, shape)
    const right = y && operand(y, dtype, shape)
    const out = empty('where', shape, dtype)
    launch('where_', 'iiio', [mask, left, right, out], (p) =>
      p.f64(typeof a === 'number' ? a : 0).f64(typeof b === 'number' ? b : 0),
    )
    if (mask !== condition) mask.dispose()
    if (left !== x) left!.dispose()
    if (right !== y) right!.dispose()
    return out
  },
)

function resultType(a: Tensor | number, b: Tensor | number) {
  if (typeof a === 'number' && typeof b === 'number') return 'f32'
  if (typeof a === 'number') return promoteNumber('where', (b as Tensor).dtype, a)
  computable('where', a.dtype)
  return typeof b === 'number' ? promoteNumber('where', a.dtype, b) : promoteTensors('where', a, b)
}
