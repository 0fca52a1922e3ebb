import { defineOp } from '../define-op.ts'
import { gated } from '../gated.ts'
import type { Tensor } from '../tensor.ts'

/** silu(gate) * up, fused; both f32, bf16 or f16 of one shape (views are read in place). */
export const swiglu = defineOp(
  { name: 'swiglu', gradient: 'todo' },
  (gate: Tensor, up: Tensor): Tensor => gated('swiglu', 'silu', gate, up),
)
