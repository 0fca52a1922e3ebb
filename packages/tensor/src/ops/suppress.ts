import { defineOp } from '../define-op.ts'
import { launch } from '../encoder.ts'
import { checkIds, checkLogits } from '../logits.ts'
import type { Tensor } from '../tensor.ts'

// A command has at most 65535 words.
const perCommand = 32_768

/** Sets, in place, the scores of the tokens `ids` to -infinity in every row; ids outside the vocabulary have none. */
export const suppress = defineOp(
  { name: 'suppress', gradient: 'none' },
  (logits: Tensor, ids: readonly number[]): void => {
    checkLogits('suppress', logits)
    checkIds('suppress', ids)
    for (let from = 0; from < ids.length; from += perCommand) {
      const part = ids.slice(from, from + perCommand)
      launch('suppress', 'x', [logits], (p) => p.list(part), part.length)
    }
  },
)
