import { defineOp } from '../define-op.ts'
import { launch } from '../encoder.ts'
import { OptionError } from '../errors.ts'
import { checkLogits } from '../logits.ts'
import type { Tensor } from '../tensor.ts'

/** What `filterLogits` applies, in this order. */
export interface FilterOptions {
  /** Divides the scores; 1 changes nothing. */
  temperature?: number
  /** Keeps the k best tokens and ties with the last of them; 0 is off. */
  topK?: number
  /** Drops tokens, worst first, while the probability dropped is at most 1 - topP; 1 is off. */
  topP?: number
  /** Drops tokens with less than this part of the best one's probability; 0 is off. */
  minP?: number
  /** The filters leave at least so many. */
  minTokensToKeep?: number
}

/** Filters f32 logits [B, V] in place as Transformers' warpers do: dropped tokens become -infinity. */
export const filterLogits = defineOp(
  { name: 'filter_logits', gradient: 'none' },
  (logits: Tensor, options: FilterOptions): void => {
    checkLogits('filterLogits', logits)
    const { temperature = 1, topK = 0, topP = 1, minP = 0, minTokensToKeep = 1 } = options
    const check = (fine: boolean, name: string, rule: string, value: number) => {
      if (!fine) throw new OptionError(`filterLogits: ${name} must be ${rule}; got ${value}.`)
    }
    const isCount = (value: number) => Number.isInteger(value) && value < 2 ** 32
    check(temperature > 0 && temperature < 1e38, 'temperature', 'a number above 0', temperature)
    check(isCount(topK) && topK >= 0, 'topK', 'an integer >= 0', topK)
    check(topP >= 0 && topP <= 1, 'topP', 'between 0 and 1', topP)
    check(minP >= 0 && minP <= 1, 'minP', 'between 0 and 1', minP)
    check(
      isCount(minTokensToKeep) && minTokensToKeep >= 1,
      'minTokensToKeep',
      'an integer >= 1',
      minTokensToKeep,
    )
    if (temperature === 1 && topK === 0 && topP === 1 && minP === 0) return
    launch('filter_logits', 'x', [logits], (p) =>
      p.f32(temperature).u32(topK).f64(topP).f64(minP).u32(minTokensToKeep),
    )
  },
)
