// The parts of a decoder's forward pass that no architecture changes: the loop over layers, one
// scope per layer so that only one layer's activations live at a time, and the head.
import type { KVLayer } from '@heddle/cache'
import type { CausalLMOutput, Linear, Module } from '@heddle/nn'
import { scope, type Tensor } from '@heddle/tensor'

/** What PretrainedCausalLM hands to an architecture: checked, complete, no options left open. */
export interface DecoderInputs {
  readonly inputIds: Tensor // [B, T] i32
  readonly positions: Tensor // [B or 1, T] i32
  readonly sequenceLength: number // tokens in the cache and new ones, known on the host
  readonly cacheLayers: readonly KVLayer[]
  readonly logitsToKeep: number
  readonly outputHiddenStates: boolean
}

/** What a layer with rotary positions gets besides its input. */
export interface DecoderContext {
  readonly rope: Tensor // cosines and sines [2, B or 1, T, D/2]
  readonly cache: KVLayer
}

/** An architecture with its language model head. */
export interface CausalDecoder extends Module {
  /** Rows of a learned position table; absent where positions have no limit. */
  readonly maxPositions?: number
  /** Rotary positions, for the architectures that have them. */
  readonly rotary?: { readonly dependsOnLength: boolean }
  forward(inputs: DecoderInputs): CausalLMOutput
}

/** Output of the layers before the final norm; `states` are the inputs of the layers, if asked for. */
export interface LayersOutput {
  readonly x: Tensor
  readonly states: Tensor[]
}

/** Runs `step` for each layer and frees what it leaves behind. Takes ownership of `x`. */
export function runLayers<Layer>(
  layers: readonly Layer[],
  x: Tensor,
  inputs: DecoderInputs,
  step: (layer: Layer, x: Tensor, cache: KVLayer) => Tensor,
): LayersOutput {
  const states: Tensor[] = []
  for (const [index, layer] of layers.entries()) {
    const input = x
    x = scope(() => step(layer, input, inputs.cacheLayers[index]!))
    if (inputs.outputHiddenStates) states.push(input)
    else input.dispose()
  }
  return { x, states }
}

/** Final norm and head over the tokens that `logitsToKeep` asks for. */
export function causalOutput(
  { x, states }: LayersOutput,
  norm: { forward(x: Tensor): Tensor },
  head: Linear,
  { logitsToKeep, outputHiddenStates }: DecoderInputs,
): CausalLMOutput {
  const tokens = x.shape[1]!
  const first = logitsToKeep > 0 ? Math.max(tokens - logitsToKeep, 0) : 0
  const keep = (y: Tensor) => (first === 0 ? y : y.slice(1, first, tokens))
  if (outputHiddenStates) {
    const last = norm.forward(x)
    const hiddenStates = [...states, last]
    return logitsToKeep < 0 ? { hiddenStates } : { hiddenStates, logits: head.forward(keep(last)) }
  }
  return logitsToKeep < 0 ? {} : { logits: head.forward(norm.forward(keep(x))) }
}
