import { defineOp } from '../define-op.ts'
import { launch } from '../encoder.ts'
import { checkTensor } from '../logits.ts'
import type { Tensor } from '../tensor.ts'

/**
 * Writes `ids` (i32 [B]) at position `count` (i32 [1]) of `history` (i32 [B, capacity]) and counts on, in
 * place. A full history fails with ERR_INDEX.
 */
export const appendHistory = defineOp(
  { name: 'append_history', gradient: 'none' },
  (history: Tensor, count: Tensor, ids: Tensor): void => {
    checkTensor('appendHistory', 'history', history, ['i32'], [-1, -1])
    checkTensor('appendHistory', 'count', count, ['i32'], [1])
    checkTensor('appendHistory', 'ids', ids, ['i32'], [history.shape[0]!])
    launch('append_history', 'xxi', [history, count, ids])
  },
)
