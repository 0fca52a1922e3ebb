import type { CausalLM } from '@heddle/nn'
import { type Tensor, tensor } from '@heddle/tensor'
import type { Prompt } from './prompts.ts'

/** The ids in columns [from, to) of the prompt: [B, to - from] i32. */
export function idsOf(prompt: Prompt, from: number, to: number): Tensor {
  const width = to - from
  const ids = new Int32Array(prompt.rows * width)
  for (let b = 0; b < prompt.rows; b++) {
    const row = b * prompt.length
    ids.set(prompt.ids.subarray(row + from, row + to), b * width)
  }
  return tensor(ids, { shape: [prompt.rows, width] })
}

/**
 * The positions of columns [from, to): [B, to - from] i32. Padding sits on the left, so a token's
 * position is its column less its row's start.
 */
export function positionsOf(prompt: Prompt, from: number, to: number): Tensor {
  const width = to - from
  const positions = new Int32Array(prompt.rows * width)
  for (let b = 0; b < prompt.rows; b++) {
    const start = prompt.starts[b] as number
    for (let t = 0; t < width; t++) positions[b * width + t] = Math.max(0, from + t - start)
  }
  return tensor(positions, { shape: [prompt.rows, width] })
}

/** The start of each row, [B] i32; undefined when no row is padded. */
export function startsOf(prompt: Prompt): Tensor | undefined {
  return prompt.starts.some((start) => start > 0) ? tensor(prompt.starts) : undefined
}

/** A forward pass that gives logits of the last token alone: [B, V]. */
export function lastLogits<Cache>(
  model: CausalLM<Cache>,
  inputs: Parameters<CausalLM<Cache>['forward']>[0],
): Tensor {
  const logits = model.forward({ ...inputs, logitsToKeep: 1 }).logits as Tensor
  return logits.reshape([logits.shape[0] as number, model.config.vocabSize])
}
