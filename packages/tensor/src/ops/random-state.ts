import { tensor } from '../create.ts'
import { defineOp } from '../define-op.ts'
import { OptionError } from '../errors.ts'
import type { Tensor } from '../tensor.ts'

/**
 * The state of a random generator: i64 [2], the seed and the number of draws so far. Drawing advances it
 * on the stream; equal states give equal numbers on every machine (Philox4x32-10).
 */
export const randomState = defineOp(
  { name: 'random_state', gradient: 'none' },
  (seed: number | bigint): Tensor => {
    if (typeof seed === 'number' && !Number.isSafeInteger(seed)) {
      throw new OptionError(
        `randomState: the seed must be a whole number below 2^53, or a bigint; got ${seed}.`,
      )
    }
    return tensor([BigInt.asIntN(64, BigInt(seed)), 0n], { dtype: 'i64' })
  },
)
