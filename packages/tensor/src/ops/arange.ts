import { defineOp } from '../define-op.ts'
import type { DType } from '../dtype.ts'
import { computable } from '../elementwise.ts'
import { empty } from '../empty.ts'
import { launch } from '../encoder.ts'
import { OptionError } from '../errors.ts'
import type { Tensor } from '../tensor.ts'

/**
 * start, start + step, ... up to but without `end`, as [N]; `arange(n)` counts from 0. i32 when all three
 * are whole, else f32 (each value computed in f64 and rounded once).
 *
 * @example
 * arange(3) // 0, 1, 2
 * arange(1, 2, { step: 0.25 }) // 1, 1.25, 1.5, 1.75
 */
export const arange = defineOp(
  { name: 'arange', gradient: 'none' },
  (start: number, end?: number, options: { step?: number; dtype?: DType } = {}): Tensor => {
    const { step = 1 } = options
    const [from, to] = end === undefined ? [0, start] : [start, end]
    const length = Math.ceil((to - from) / step)
    if (!Number.isFinite(length) || length < 0) {
      throw new OptionError(
        `arange: the steps must lead from start to end; got start ${from}, end ${to}, step ${step}.`,
      )
    }
    const whole = [from, to, step].every(Number.isInteger)
    const dtype = options.dtype ?? (whole ? 'i32' : 'f32')
    computable('arange', dtype)
    const out = empty('arange', [length], dtype)
    launch('arange', 'o', [out], (p) => p.f64(from).f64(step))
    return out
  },
)
