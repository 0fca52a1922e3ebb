import {
  DisposedError,
  type DType,
  HeddleError,
  PackedWeight,
  ShapeError,
  type Tensor,
  UnsupportedOptionError,
} from '@heddle/tensor'

/**
 * A weight's place in a module: its shape is known from the start, its tensor is bound when the
 * checkpoint is loaded. Nothing is allocated here. A quantized weight is bound as a `PackedWeight`; the
 * layers that can compute with one ask for `packed` first.
 */
export class Parameter {
  readonly shape: readonly number[]
  #bound: Tensor | PackedWeight | undefined
  #isDisposed = false

  constructor(shape: readonly number[]) {
    this.shape = shape
  }

  get isBound(): boolean {
    return this.#bound !== undefined
  }

  /** Number of elements. */
  get size(): number {
    return this.shape.reduce((product, width) => product * width, 1)
  }

  /** The dtype of the bound tensor; undefined for an empty slot and for a quantized weight. */
  get dtype(): DType | undefined {
    return this.#bound instanceof PackedWeight ? undefined : this.#bound?.dtype
  }

  /** The quantized weight, where one is bound. */
  get packed(): PackedWeight | undefined {
    return this.#bound instanceof PackedWeight ? this.#bound : undefined
  }

  /** The bound tensor. Throws `ERR_PARAMETER_UNBOUND` before loading, `DisposedError` after dispose. */
  get tensor(): Tensor {
    if (this.#bound instanceof PackedWeight) {
      throw new UnsupportedOptionError(
        `Parameter: a quantized weight is only for the layers that compute with one; got a use of its values as a ` +
          `tensor, shape ${show(this.shape)}. Load the model without quantization.`,
      )
    }
    if (this.#bound !== undefined) return this.#bound
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

  /** Takes ownership of a tensor or quantized weight, whose shape must be exactly this slot's; frees a former one. */
  bind(tensor: Tensor | PackedWeight): void {
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
    if (this.#bound !== tensor) this.#bound?.dispose()
    this.#bound = tensor
  }

  /** Frees what is bound. A second call does nothing. */
  dispose(): void {
    this.#bound?.dispose()
    this.#bound = undefined
    this.#isDisposed = true
  }
}

function show(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`
}
