import * as addon from '@heddle/native'
import { refuseRecording } from './encoder.ts'
import { native, OptionError } from './errors.ts'
import { flush } from './stream.ts'

const precisions = ['high', 'highest'] as const

/** How exactly matrices are multiplied: see `setMatmulPrecision`. */
export type MatmulPrecision = (typeof precisions)[number]

/**
 * Sets how exactly matrices are multiplied from here on, process-wide. 'high', as at start: products with bf16
 * weights, keys or values may round the other factor to bf16, which `deviceInfo().level` 'amx' does and which is
 * several times as fast with many rows. 'highest': it stays f32, and bits are those of every other level. Either way a row has the
 * same bits in any batch, any chunk and on any number of threads.
 */
export function setMatmulPrecision(precision: MatmulPrecision): void {
  if (!precisions.includes(precision)) {
    throw new OptionError(
      `setMatmulPrecision: precision must be 'high' or 'highest'; got ${String(precision)}.`,
    )
  }
  refuseRecording('setMatmulPrecision')
  // What was enqueued before keeps what held for it.
  flush()
  native(() => addon.setRounding(precision === 'high'))
}
