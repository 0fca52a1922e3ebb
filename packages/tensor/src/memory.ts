import * as addon from '@heddle/native'
import { enqueueSync } from './encoder.ts'
import { native, OptionError } from './errors.ts'
import { noteBudget } from './pressure.ts'
import { counters } from './storage.ts'
import { openFences } from './stream.ts'

/** What is alive, in numbers and bytes. */
export interface MemoryReport {
  /** Live tensors of this environment (views count). */
  tensors: number
  /** Bytes of their own memory. */
  bytes: number
  /** Most bytes that were alive at once. */
  peak: number
  /** Bytes of mapped files behind live tensors. */
  mapped: number
  /** Tensors that only the garbage collector freed: each is a missing `dispose()` or scope. */
  rescued: number
  /** Host reads so far (fences that bring data). */
  reads: number
  /** Fences that wait for the stream. */
  fences: number
  /** The device's allocator, all environments together; it lags behind until the stream has caught up. */
  device: { allocated: number; buffers: number; peak: number; reserved: number; budget: number }
}

/** Live tensors and bytes. Compare `tensors` and `bytes` before and after a call to see that nothing leaks. */
export function memory(): MemoryReport {
  const { tensors, bytes, peak, mapped, rescued, reads } = counters
  return {
    tensors,
    bytes,
    peak,
    mapped,
    rescued,
    reads,
    fences: openFences(),
    device: native(addon.deviceMemory),
  }
}

/** Starts the peak counter again from what is alive now. */
export function resetPeak(): void {
  counters.peak = counters.bytes
}

/** Resolves when everything enqueued so far was executed. Never rejects for a failed command. */
export async function synchronize(): Promise<void> {
  await enqueueSync()
}

/** Sets the most bytes the device may hold; commands beyond it fail with `OutOfMemoryError`. */
export function setMemoryBudget(bytes: number): void {
  native(() => addon.setMemoryBudget(bytes))
  noteBudget(bytes)
}

/** Gives cached memory back to the operating system; returns the bytes. */
export function emptyCache(): number {
  return native(addon.trimMemory)
}

/** Number of threads that kernels use (the bits of results do not depend on it). */
export function setNumThreads(threads: number): void {
  if (!Number.isInteger(threads) || threads < 1 || threads > 256) {
    throw new OptionError(
      `setNumThreads: threads must be an integer from 1 to 256; got ${threads}.`,
    )
  }
  native(() => addon.setThreads(threads))
}

/** The CPU device: instruction set level in use, best level of the machine, threads at start. */
export function deviceInfo(): { level: string; best: string; threads: number } {
  return native(addon.deviceLevel)
}
