import { linear, linears, type Tensor } from '@heddle/tensor'
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
    return linear(x, this.weight.tensor, this.bias?.tensor)
  }
}

/** `layer.forward(x)` for each layer; plain linear layers are computed as one job (the same bits). */
export function forwardAll(x: Tensor, layers: readonly { forward(x: Tensor): Tensor }[]): Tensor[] {
  if (!layers.every((layer) => layer instanceof Linear))
    return layers.map((layer) => layer.forward(x))
  return linears(
    x,
    layers.map(({ weight, bias }) => ({ weight: weight.tensor, bias: bias?.tensor })),
  )
}
