import { defineOp } from '../define-op.ts'
import { launch } from '../encoder.ts'
import { checkIds, checkLogits } from '../logits.ts'
import type { Tensor } from '../tensor.ts'

/** Sets, in place, the scores of the tokens `ids` to -infinity in every row; ids outside the vocabulary have none. */
export const suppress = defineOp(
  { name: 'suppress', gradient: 'none' },
  (logits: Tensor, ids: readonly number[]): void => {
    checkLogits('suppress', logits)
    checkIds('suppress', ids)
    launch('suppress', 'x', [logits], (p) => p.list(ids), ids.length)
  },
)
