import type { KVCache } from '@heddle/cache'
import type { CausalLM, CausalLMConfig, CausalLMInputs, CausalLMOutput } from '@heddle/nn'
import { embedding, scope, type Tensor, tensor } from '@heddle/tensor'

/** What one forward pass was given. */
export interface ForwardCall {
  readonly batch: number
  readonly tokens: number
  readonly past: number
  readonly logitsToKeep: number | undefined
  readonly sequenceLength: number | undefined
  readonly positions: Promise<number[]>
}

/**
 * A model for tests that looks at the last token alone: after token `i` comes `next(i)`, and the
 * other tokens follow in likelihood by their distance from it. It stores nothing in a cache but
 * counts its tokens.
 */
export class BigramModel implements CausalLM<KVCache> {
  readonly config: CausalLMConfig
  readonly dtype = 'f32'
  readonly generationConfig: Record<string, unknown>
  readonly calls: ForwardCall[] = []
  checks = 0
  readonly #weight: Tensor

  constructor(generationConfig: Record<string, unknown> = {}, vocabSize = 53) {
    this.generationConfig = generationConfig
    this.config = {
      modelType: 'bigram',
      vocabSize,
      hiddenSize: 16,
      numHiddenLayers: 1,
      numAttentionHeads: 1,
      numKeyValueHeads: 1,
      headDim: 16,
      maxPositionEmbeddings: 100,
    }
    const weight = new Float32Array(vocabSize * vocabSize)
    for (let i = 0; i < vocabSize; i++) {
      for (let j = 0; j < vocabSize; j++) {
        const distance = (j - this.next(i) + vocabSize) % vocabSize
        weight[i * vocabSize + j] = -1 - distance / 4
      }
    }
    this.#weight = tensor(weight, { shape: [vocabSize, vocabSize] })
  }

  /** The likeliest token after `id`. */
  next(id: number): number {
    return (id * 2 + 3) % this.config.vocabSize
  }

  /** The ids that follow `id` greedily. */
  chain(id: number, length: number): number[] {
    const ids: number[] = []
    for (let at = id; ids.length < length; ) ids.push((at = this.next(at)))
    return ids
  }

  forward(inputs: CausalLMInputs<KVCache>): CausalLMOutput {
    const [batch, tokens] = inputs.inputIds.shape as [number, number]
    const { cache, logitsToKeep, sequenceLength } = inputs
    const positions = (inputs.positionIds as Tensor).data()
    this.calls.push({
      batch,
      tokens,
      past: cache?.length ?? 0,
      logitsToKeep,
      sequenceLength,
      positions: positions.then((data) => Array.from(data as Int32Array)),
    })
    // Steps that are skipped reject; nobody looks at their positions.
    positions.catch(() => {})
    this.calls.at(-1)?.positions.catch(() => {})
    cache?.begin(batch, tokens, inputs.starts)
    cache?.advance(tokens)
    if (logitsToKeep === -1) return {}
    return scope(() => ({
      logits: embedding(this.#weight, inputs.inputIds.slice(1, tokens - 1, tokens)),
    }))
  }

  async checkFiles(): Promise<void> {
    this.checks++
  }

  dispose(): void {
    this.#weight.dispose()
  }
}
