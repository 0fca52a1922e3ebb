import { rmsNorm, type Tensor } from '@heddle/tensor'
import { Module } from './module.ts'
import { Parameter } from './parameter.ts'

/** `x / sqrt(mean(x^2) + eps) * weight` over the last axis. */
export class RMSNorm extends Module {
  readonly weight: Parameter
  readonly eps: number

  constructor(size: number, eps: number) {
    super()
    this.weight = new Parameter([size])
    this.eps = eps
  }

  forward(x: Tensor): Tensor {
    return rmsNorm(x, this.weight.tensor, { eps: this.eps })
  }
}
