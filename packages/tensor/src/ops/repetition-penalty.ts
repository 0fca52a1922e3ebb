import { defineOp } from '../define-op.ts'
import { launch } from '../encoder.ts'
import { OptionError } from '../errors.ts'
import { checkLogits, checkTensor } from '../logits.ts'
import type { Tensor } from '../tensor.ts'

/**
 * Lowers, in place, the score of every token in a row's history, once however often it occurs: times
 * `penalty` below zero, else divided by it. `history` is i32 [B, capacity], of which `count` (i32 [1])
 * ids are in use; an id outside the vocabulary fails with ERR_INDEX.
 */
export const repetitionPenalty = defineOp(
  { name: 'repetition_penalty', gradient: 'none' },
  (logits: Tensor, history: Tensor, count: Tensor, options: { penalty: number }): void => {
    checkLogits('repetitionPenalty', logits)
    checkTensor('repetitionPenalty', 'history', history, ['i32'], [logits.shape[0]!, -1])
    checkTensor('repetitionPenalty', 'count', count, ['i32'], [1])
    const { penalty } = options
    if (!(penalty > 0) || !Number.isFinite(penalty)) {
      throw new OptionError(`repetitionPenalty: penalty must be above 0; got ${penalty}.`)
    }
    launch('repetition_penalty', 'xii', [logits, history, count], (p) => p.f32(penalty))
  },
)
