import { defineOp } from '../define-op.ts'
import { empty } from '../empty.ts'
import { launch } from '../encoder.ts'
import { checkLogits, checkTensor } from '../logits.ts'
import type { Tensor } from '../tensor.ts'

/**
 * Draws one token per row from softmax(logits), i32 [B]; `state` is a `randomState()` and moves on. A row
 * with a NaN or infinity, or nothing above -infinity, fails with ERR_PROBABILITIES when the ids are read.
 */
export const multinomial = defineOp(
  { name: 'multinomial', gradient: 'none' },
  (logits: Tensor, state: Tensor): Tensor => {
    checkLogits('multinomial', logits)
    checkTensor('multinomial', 'state', state, ['i64'], [2])
    const out = empty('multinomial', [logits.shape[0]!], 'i32')
    launch('multinomial', 'ixo', [logits, state, out])
    return out
  },
)
