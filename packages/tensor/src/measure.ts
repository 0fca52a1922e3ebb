import { full } from './create.ts'
import { empty } from './empty.ts'
import { launch } from './encoder.ts'
import { scope } from './scope.ts'
import type { Tensor } from './tensor.ts'

async function read(make: () => Tensor): Promise<number> {
  const result = make()
  try {
    return await result.item()
  } finally {
    result.dispose()
  }
}

/**
 * Measures how fast this device reads memory with all its threads, four streams each, in bytes per second:
 * the best of `rounds` passes over a buffer of `bytes`. What decoding is compared with.
 */
export async function measureBandwidth(bytes = 512 * 2 ** 20, rounds = 5): Promise<number> {
  const buffer = full([Math.floor(bytes / 4)], 1)
  try {
    let best = 0
    for (let i = 0; i < rounds; i++) {
      const rate = await read(() =>
        scope(() => {
          const out = empty('measureBandwidth', [1], 'f64')
          launch('read_bandwidth', 'io', [buffer, out])
          return out
        }),
      )
      best = Math.max(best, rate)
    }
    return best
  } finally {
    buffer.dispose()
  }
}

/** Measures one thread's fused multiply-adds in registers, in floating-point operations per second. */
export function measureFlops(rounds = 2_000_000): Promise<number> {
  return read(() => {
    const out = empty('measureFlops', [1], 'f64')
    launch('fma_rate', 'o', [out], (p) => p.u32(rounds))
    return out
  })
}
