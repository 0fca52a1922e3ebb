import { linear, type Tensor } from '@heddle/tensor'
import { Module } from './module.ts'
import { Parameter } from './parameter.ts'

/** GPT-2's linear layer, its weight stored [inFeatures, outFeatures]: `x W + b`. */
export class Conv1D extends Module {
  readonly weight: Parameter // [inFeatures, outFeatures]
  readonly bias: Parameter

  constructor(inFeatures: number, outFeatures: number) {
    super()
    this.weight = new Parameter([inFeatures, outFeatures])
    this.bias = new Parameter([outFeatures])
  }

  forward(x: Tensor): Tensor {
    return linear(x, this.weight.tensor, this.bias.tensor, { layout: 'kn' })
  }
}
