import { DisposedError, type DType, HeddleError, ShapeError, type Tensor } from '@heddle/tensor'

/**
 * A weight's place in a module: its shape is known from the start, its tensor is bound when the
 * checkpoint is loaded. Nothing is allocated here.
 */
export class Parameter {
  readonly shape: readonly number[]
  #tensor: Tensor | undefined
  #isDisposed = false

  constructor(shape: readonly number[]) {
    this.shape = shape
  }

  get isBound(): boolean {
    return this.#tensor !== undefined
  }

  /** Number of elements. */
  get size(): number {
    return this.shape.reduce((product, width) => product * width, 1)
  }

  get dtype(): DType | undefined {
    return this.#tensor?.dtype
  }

  /** The bound tensor. Throws `ERR_PARAMETER_UNBOUND` before loading, `DisposedError` after dispose. */
  get tensor(): Tensor {
    if (this.#tensor !== undefined) return this.#tensor
    if (this.#isDisposed) {
      throw new DisposedError(
        'Parameter: the model must not be used after dispose(); got a call on a disposed weight. ' +
          'Dispose a model when its last forward has returned.',
      )
    }
    throw new HeddleError(
      'ERR_PARAMETER_UNBOUND',
      `Parameter: weights must be bound before forward; got an empty slot of shape ${show(this.shape)}. ` +
        'Load a checkpoint, or bind() every parameter.',
    )
  }

  /** Takes ownership of `tensor`, whose shape must be exactly this slot's; frees a former one. */
  bind(tensor: Tensor): void {
    if (this.#isDisposed) {
      throw new DisposedError(
        'Parameter: a disposed weight cannot be bound again. Build a new model.',
      )
    }
    const { shape } = this
    if (tensor.shape.length !== shape.length || shape.some((n, axis) => n !== tensor.shape[axis])) {
      throw new ShapeError(
        `Parameter: the bound tensor must have shape ${show(shape)}; got ${show(tensor.shape)}. ` +
          'Weights are never reshaped or broadcast.',
      )
    }
    if (this.#tensor !== tensor) this.#tensor?.dispose()
    this.#tensor = tensor
  }

  /** Frees the tensor. A second call does nothing. */
  dispose(): void {
    this.#tensor?.dispose()
    this.#tensor = undefined
    this.#isDisposed = true
  }
}

function show(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`
}
