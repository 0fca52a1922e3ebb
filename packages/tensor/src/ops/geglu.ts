import { defineOp } from '../define-op.ts'
import { gated } from '../gated.ts'
import type { Tensor } from '../tensor.ts'

/** gelu(gate) * up, fused (`approximate: 'tanh'` for geluTanh); both f32, bf16 or f16 of one shape. */
export const geglu = defineOp(
  { name: 'geglu', gradient: 'todo' },
  (gate: Tensor, up: Tensor, options: { approximate?: 'none' | 'tanh' } = {}): Tensor =>
    gated('geglu', options.approximate === 'tanh' ? 'geluTanh' : 'gelu', gate, up),
)
