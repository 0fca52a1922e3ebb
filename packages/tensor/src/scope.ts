import { cancelGroup } from '@heddle/native'
import { enqueueGroupEnd } from './encoder.ts'
import { HeddleError } from './errors.ts'
import { enterGroup, openGroup, recycleGroup } from './group.ts'
import { environmentId, flush } from './stream.ts'
import type { Tensor } from './tensor.ts'

/** Owner of tensors: frees them together. */
export interface Owner {
  /** True when it frees its tensors before control leaves the synchronous code that made them. */
  readonly synchronous: boolean
  adopt(tensor: Tensor): void
  forget(tensor: Tensor): void
}

/** Tensors created during one synchronous `scope()`. */
class Frame implements Owner {
  readonly synchronous = true
  readonly tensors: Tensor[] = []
  adopt(tensor: Tensor): void {
    this.tensors.push(tensor)
  }
  forget(): void {} // Disposing twice is harmless, searching the list is not.
}

let current: Owner | undefined

/** The owner of tensors created now, undefined outside every scope. */
export const currentOwner = (): Owner | undefined => current

/**
 * Runs `fn` and frees every tensor it created, except those it returns (also inside arrays and plain
 * objects). Synchronous: a callback that returns a promise throws; asynchronous code owns a `Scope`.
 */
export function scope<T>(fn: () => T): T {
  const parent = current
  const frame = new Frame()
  current = frame
  let kept: Set<Tensor> | undefined
  try {
    const result = fn()
    if (isThenable(result)) {
      throw new HeddleError(
        'ERR_SCOPE_ASYNC',
        'scope: the callback must be synchronous; got a promise. Use `new Scope()` for asynchronous code.',
      )
    }
    kept = new Set()
    collect(result, kept, 0)
    return result
  } finally {
    current = parent
    for (const tensor of frame.tensors) {
      if (!kept?.has(tensor)) tensor.dispose()
      else if (!tensor.isDisposed) tensor.moveTo(parent)
    }
  }
}

/** Runs `fn` outside every scope: the tensors it creates live until somebody disposes them. */
export function unscoped<T>(fn: () => T): T {
  const parent = current
  current = undefined
  try {
    return fn()
  } finally {
    current = parent
  }
}

/**
 * An explicit scope for asynchronous code: tensors made inside `run()` belong to it until `dispose()`,
 * so interleaved calls never free each other's tensors. It also names the call's commands: `cancel()`
 * makes the stream skip those that have not started.
 */
export class Scope implements Owner {
  readonly synchronous = false
  readonly #tensors = new Set<Tensor>()
  #group = 0
  #cancelled = false
  #disposed = false

  /** Runs synchronous code whose tensors (and commands) belong to this scope. */
  run<T>(fn: () => T): T {
    if (this.#disposed) {
      throw new HeddleError(
        'ERR_TENSOR_DISPOSED',
        'Scope.run: the scope must be open; got a disposed one.',
      )
    }
    if (this.#group === 0) this.#group = openGroup()
    const parent = current
    const group = enterGroup(this.#group)
    current = this
    try {
      return fn()
    } finally {
      current = parent
      enterGroup(group)
    }
  }

  /** Takes a tensor out of the scope: it lives until its own `dispose()`. Returns it. */
  detach<T extends Tensor>(tensor: T): T {
    tensor.moveTo(undefined)
    return tensor
  }

  /** Commands of this scope that have not started will be skipped; what they would have made is lost. */
  cancel(): void {
    if (this.#group === 0 || this.#disposed) return
    this.#cancelled = true
    flush()
    cancelGroup(environmentId(), this.#group)
  }

  /** Frees everything the scope owns. Idempotent. */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    for (const tensor of this.#tensors) tensor.dispose()
    this.#tensors.clear()
    if (this.#group !== 0) {
      // cancel() acts at once, GROUP_END in stream order: only a number that was never cancelled may be
      // given to the next scope.
      if (this.#cancelled) enqueueGroupEnd(this.#group)
      else recycleGroup(this.#group)
    }
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  adopt(tensor: Tensor): void {
    this.#tensors.add(tensor)
  }

  forget(tensor: Tensor): void {
    this.#tensors.delete(tensor)
  }
}

function isThenable(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}

/** Tensors reachable through arrays, maps and plain objects, to a sane depth. */
function collect(value: unknown, into: Set<Tensor>, depth: number): void {
  if (typeof value !== 'object' || value === null || depth > 8) return
  if (isTensor(value)) into.add(value)
  else if (Array.isArray(value)) for (const item of value) collect(item, into, depth + 1)
  else if (value instanceof Map) for (const item of value.values()) collect(item, into, depth + 1)
  else {
    const prototype = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) return
    for (const key in value) collect((value as Record<string, unknown>)[key], into, depth + 1)
  }
}

/** Brand of tensors, so that scopes need not import the class. */
export const tensorBrand = Symbol.for('heddle.tensor')

function isTensor(value: object): value is Tensor {
  return tensorBrand in value
}
