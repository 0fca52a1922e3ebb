import { binary } from './elementwise.ts'
import { ShapeError } from './errors.ts'
import { arange } from './ops/arange.ts'
import { where } from './ops/where.ts'
import { scope } from './scope.ts'
import { shapeText } from './shape.ts'
import type { Tensor } from './tensor.ts'

/** `x` where (column - row) compares with `diagonal` as asked, 0 elsewhere. */
export function triangle(name: string, compare: 'le' | 'ge', x: Tensor, diagonal: number): Tensor {
  if (x.rank < 2) {
    throw new ShapeError(`${name}: there must be 2 dimensions or more; got ${shapeText(x.shape)}.`)
  }
  if (!Number.isInteger(diagonal)) {
    throw new ShapeError(`${name}: diagonal must be an integer; got ${diagonal}.`)
  }
  return scope(() => {
    const rows = arange(x.shape.at(-2)!).unsqueeze(1)
    const distance = binary('sub', arange(x.shape.at(-1)!), rows)
    return where(binary(compare, distance, diagonal), x, 0)
  })
}
