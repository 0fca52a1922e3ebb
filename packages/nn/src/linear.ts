import { linear, linears, type PackedWeight, packedLinears, type Tensor } from '@heddle/tensor'
import { Module } from './module.ts'
import { Parameter } from './parameter.ts'

/** `x W^T + b` over the last axis: [..., inFeatures] to [..., outFeatures]. */
export class Linear extends Module {
  readonly weight: Parameter // [outFeatures, inFeatures]
  readonly bias: Parameter | undefined

  /** `weight` shares another layer's parameter: tied embeddings. */
  constructor(
    inFeatures: number,
    outFeatures: number,
    options: { bias: boolean; weight?: Parameter | undefined },
  ) {
    super()
    this.weight = options.weight ?? new Parameter([outFeatures, inFeatures])
    this.bias = options.bias ? new Parameter([outFeatures]) : undefined
  }

  forward(x: Tensor): Tensor {
    const { packed } = this.weight
    const bias = this.bias?.tensor
    return packed
      ? packedLinears(x, [{ weight: packed, bias }])[0]!
      : linear(x, this.weight.tensor, bias)
  }
}

/** `layer.forward(x)` for each layer; linear layers of one kind are computed as one job (the same bits). */
export function forwardAll(x: Tensor, layers: readonly { forward(x: Tensor): Tensor }[]): Tensor[] {
  if (layers.every((layer) => layer instanceof Linear)) {
    const packed = layers.map((layer) => layer.weight.packed)
    if (packed.every((weight) => weight === undefined)) {
      return linears(
        x,
        layers.map(({ weight, bias }) => ({ weight: weight.tensor, bias: bias?.tensor })),
      )
    }
    if (areAlike(packed)) {
      return packedLinears(
        x,
        packed.map((weight, i) => ({ weight, bias: layers[i]!.bias?.tensor })),
      )
    }
  }
  return layers.map((layer) => layer.forward(x))
}

/** True when all are quantized and computed in the same way. */
const areAlike = (weights: readonly (PackedWeight | undefined)[]): weights is PackedWeight[] =>
  weights.every((weight) => weight !== undefined && weight.compute === weights[0]?.compute)
