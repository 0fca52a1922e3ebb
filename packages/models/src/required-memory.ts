import { freemem, totalmem } from 'node:os'
import type { Module } from '@heddle/nn'
import { bytesPerElement, type DType } from '@heddle/tensor'
import { ModelTooLargeError } from './errors.ts'

/** Elements of all parameters; throws `ERR_MODEL_TOO_LARGE` beyond 2^53. */
export function countParameters(modelType: string, module: Module): number {
  let count = 0
  for (const { size } of module.parameters()) count += size
  if (Number.isSafeInteger(count)) return count
  throw new ModelTooLargeError(
    `${modelType}: the parameters must fit in memory; got a config that asks for ${count.toExponential(1)}. ` +
      'Check the sizes in config.json.',
    { parameters: count },
  )
}

/** Throws `ERR_MODEL_TOO_LARGE` when parameters of `dtype` exceed the machine's memory, mapped or not. */
export function requireAddressable(modelType: string, parameters: number, dtype: DType): void {
  const needed = parameters * bytesPerElement[dtype]
  refuse(modelType, needed, installedMemory(), `${parameters} parameters in ${dtype}`)
}

/** Throws `ERR_MODEL_TOO_LARGE` when a copy of `bytes` exceeds the memory that is free now. */
export function requireFree(modelType: string, bytes: number): void {
  refuse(modelType, bytes, availableMemory(), 'a copy of the weights')
}

function refuse(modelType: string, needed: number, available: number, what: string): void {
  if (needed <= available) return
  throw new ModelTooLargeError(
    `${modelType}: the weights must fit in ${gibibytes(available)} of memory; ` +
      `got ${gibibytes(needed)} for ${what}. Use a smaller model or dtype, or a larger machine.`,
    { needed, available },
  )
}

/** Memory of the machine or of the container, whichever is less. */
function installedMemory(): number {
  const limit = process.constrainedMemory()
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}

/** What can still be allocated: page cache counts as free, as it gives way. */
function availableMemory(): number {
  const rest = installedMemory() - process.memoryUsage.rss()
  // Only Linux counts the page cache as free in freemem().
  return Math.max(process.platform === 'linux' ? Math.min(rest, freemem()) : rest, 0)
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(2)} GiB`
}
