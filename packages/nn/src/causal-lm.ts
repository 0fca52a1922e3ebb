import type { DType, Tensor } from '@heddle/tensor'

/** Arguments of a decoder's forward pass: B rows, T new tokens, `past` tokens in the cache. */
export interface CausalLMInputs<Cache> {
  /** [B, T] i32. */
  readonly inputIds: Tensor
  /** [B, past + T], i32, u8 or bool: 0 marks padding. */
  readonly attentionMask?: Tensor | undefined
  /** [B] i32, instead of a mask: the slot of each row's first real token (left padding). */
  readonly starts?: Tensor | undefined
  /** [B, T] i32; without them positions count from the row's start, padding included. */
  readonly positionIds?: Tensor | undefined
  /** Holds the past and takes the new tokens; without one the tokens are the whole sequence. */
  readonly cache?: Cache | undefined
  /** How many last tokens get logits: 0 all, n the last n, -1 none. */
  readonly logitsToKeep?: number | undefined
  /** The embedding output, then each layer's, the last one after the final norm. */
  readonly outputHiddenStates?: boolean | undefined
  /**
   * Tokens that the sequence has when this prefill is complete, for rotary scalings that depend on
   * it ('dynamic'): a prompt in chunks then equals the whole. Default: past + T.
   */
  readonly sequenceLength?: number | undefined
}

/** Outputs of a decoder's forward pass; the caller owns the tensors. */
export interface CausalLMOutput {
  /** f32 [B, kept, V]; absent when `logitsToKeep` is -1. */
  readonly logits?: Tensor
  /** f32 [B, T, hiddenSize] each. */
  readonly hiddenStates?: Tensor[]
}

/** What generation and caches need to know of a model, under the names of config.json. */
export interface CausalLMConfig {
  readonly modelType: string
  readonly vocabSize: number
  readonly hiddenSize: number
  readonly numHiddenLayers: number
  readonly numAttentionHeads: number
  readonly numKeyValueHeads: number
  readonly headDim: number
  readonly maxPositionEmbeddings: number
  readonly bosTokenId?: number | undefined
  readonly eosTokenId?: number | number[] | undefined
  readonly padTokenId?: number | undefined
}

/** A causal language model as generation and training see it. */
export interface CausalLM<Cache = unknown> {
  readonly config: CausalLMConfig
  /** generation_config.json in camelCase. */
  readonly generationConfig: Readonly<Record<string, unknown>>
  /** dtype of the weights; activations are f32 on a CPU. */
  readonly dtype: DType
  /**
   * True when a forward pass over a cache enqueues the same operations for every length of the sequence, so
   * that a captured one may be replayed. Default: false.
   */
  readonly isReplayable?: boolean
  forward(inputs: CausalLMInputs<Cache>): CausalLMOutput
  /** Rejects with `ERR_FILE_CHANGED` when a mapped weights file is not the one that was opened. */
  checkFiles(): Promise<void>
  dispose(): void
}
