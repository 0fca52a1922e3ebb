import { layerNorm, type Tensor } from '@heddle/tensor'
import { Module } from './module.ts'
import { Parameter } from './parameter.ts'

/** `(x - mean(x)) / sqrt(var(x) + eps) * weight + bias` over the last axis. */
export class LayerNorm extends Module {
  readonly weight: Parameter
  readonly bias: Parameter
  readonly eps: number

  constructor(size: number, eps: number) {
    super()
    this.weight = new Parameter([size])
    this.bias = new Parameter([size])
    this.eps = eps
  }

  forward(x: Tensor): Tensor {
    return layerNorm(x, this.weight.tensor, this.bias.tensor, { eps: this.eps })
  }
}
