import type { Tensor } from './tensor.ts'

/**
 * The gradient of an op: 'todo' until it is written, 'none' when the op has none by nature (comparisons,
 * sampling, in-place writes), 'composite' when it is made of other ops and needs no rule of its own.
 */
export type GradientSlot = 'todo' | 'none' | 'composite' | GradientRule

/** Gradient of the inputs from the gradient of the output. */
export type GradientRule = (
  outputGradient: Tensor,
  saved: readonly Tensor[],
) => (Tensor | undefined)[]

/** What the op table knows of an op. */
export interface OpInfo {
  readonly name: string
  readonly gradient: GradientSlot
}

type AnyFunction = (...args: any[]) => unknown

/** An op: a function that knows its entry in the op table. */
export type Op<F extends AnyFunction = AnyFunction> = F & { readonly op: OpInfo }

/**
 * Defines an op: `forward` checks its arguments (the only place errors about them are made), computes
 * the result's shape and enqueues the command of the same name. The gradient slot cannot be left out.
 *
 * @example
 * export const rmsNorm = defineOp({ name: 'rms_norm', gradient: 'todo' }, (x: Tensor, ...) => { ... })
 */
export function defineOp<F extends AnyFunction>(info: OpInfo, forward: F): Op<F> {
  return Object.defineProperty(forward, 'op', { value: info, enumerable: true }) as Op<F>
}
