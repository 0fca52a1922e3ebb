import { activation, forwardAll, Linear, Module } from '@heddle/nn'
import { mul, swiglu, type Tensor } from '@heddle/tensor'

/** Gated feed-forward layer: `down(act(gate(x)) * up(x))`. */
export class SwiGLUMLP extends Module {
  readonly gateProj: Linear
  readonly upProj: Linear
  readonly downProj: Linear
  readonly combine: (gate: Tensor, up: Tensor) => Tensor

  constructor(config: {
    hiddenSize: number
    intermediateSize: number
    hiddenAct: string
    mlpBias: boolean
  }) {
    super()
    const { hiddenSize, intermediateSize, hiddenAct, mlpBias: bias } = config
    this.gateProj = new Linear(hiddenSize, intermediateSize, { bias })
    this.upProj = new Linear(hiddenSize, intermediateSize, { bias })
    this.downProj = new Linear(intermediateSize, hiddenSize, { bias })
    const act = activation(hiddenAct)
    const isSilu = hiddenAct === 'silu' || hiddenAct === 'swish'
    this.combine = isSilu ? swiglu : (gate, up) => mul(act(gate), up)
  }

  forward(x: Tensor): Tensor {
    const [gate, up] = forwardAll(x, [this.gateProj, this.upProj]) as [Tensor, Tensor]
    return this.downProj.forward(this.combine(gate, up))
  }
}
