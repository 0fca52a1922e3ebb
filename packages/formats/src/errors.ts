import { HeddleError } from '@heddle/tensor'

/**
 * A checkpoint folder that does not add up. `ERR_CHECKPOINT_NOT_FOUND`: no weights;
 * `ERR_CHECKPOINT_MISSING_SHARD`: the index names a file that is not there;
 * `ERR_CHECKPOINT_MISMATCH`: index and shards name different tensors.
 */
export class CheckpointError extends HeddleError {
  constructor(
    code: 'ERR_CHECKPOINT_NOT_FOUND' | 'ERR_CHECKPOINT_MISSING_SHARD' | 'ERR_CHECKPOINT_MISMATCH',
    message: string,
    options: { cause?: unknown; details?: Record<string, unknown> } = {},
  ) {
    super(code, message, options)
  }
}
