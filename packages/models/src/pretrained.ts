import { DynamicCache, type KVCache, type KVLayer } from '@heddle/cache'
import type { Checkpoint } from '@heddle/formats'
import type { CausalLM, CausalLMInputs, CausalLMOutput } from '@heddle/nn'
import {
  arange,
  argmax,
  bytesPerElement,
  DisposedError,
  type DType,
  ne,
  type PackedScheme,
  scope,
  type Tensor,
} from '@heddle/tensor'
import type { CausalDecoder } from './decoder.ts'
import type { DecoderConfig } from './decoder-config.ts'
import { checkInputs } from './forward-inputs.ts'
import type { WeightDType } from './load-dtype.ts'

/** What `AutoModelForCausalLM` puts together. */
export interface PretrainedParts {
  readonly module: CausalDecoder
  readonly config: DecoderConfig
  readonly generationConfig: Readonly<Record<string, unknown>>
  readonly dtype: WeightDType
  /** The files that weights are mapped from; undefined when all of them are copies. */
  readonly checkpoint: Pick<Checkpoint, 'check' | 'dispose'> | undefined
}

/**
 * A causal language model with its weights. Owns them: `dispose()` frees everything, and leaves the
 * outputs of earlier forward passes to their callers.
 */
export class PretrainedCausalLM implements CausalLM<KVCache> {
  readonly config: DecoderConfig
  readonly generationConfig: Readonly<Record<string, unknown>>
  readonly dtype: WeightDType
  /** Elements of all weights, tied ones once. */
  readonly numParameters: number
  /** Bytes of the weights by dtype or quantized scheme, mapped or not. */
  readonly memoryBytes: Readonly<Partial<Record<DType | PackedScheme, number>>>
  /** True when captured steps of generation may be replayed: nothing depends on the sequence's length. */
  readonly isReplayable: boolean
  readonly #module: CausalDecoder
  readonly #checkpoint: PretrainedParts['checkpoint']
  #isDisposed = false

  /** Use `AutoModelForCausalLM.fromPretrained`. All parameters of the module are bound. */
  constructor(parts: PretrainedParts) {
    this.config = parts.config
    this.generationConfig = parts.generationConfig
    this.dtype = parts.dtype
    this.isReplayable = !parts.module.rotary?.dependsOnLength
    this.#module = parts.module
    this.#checkpoint = parts.checkpoint
    let count = 0
    const bytes: Partial<Record<DType | PackedScheme, number>> = {}
    for (const { size, packed, dtype } of parts.module.parameters()) {
      count += size
      if (packed) bytes[packed.scheme] = (bytes[packed.scheme] ?? 0) + packed.bytes
      else if (dtype) bytes[dtype] = (bytes[dtype] ?? 0) + size * bytesPerElement[dtype]
    }
    this.numParameters = count
    this.memoryBytes = bytes
  }

  /** Names of the weights as the checkpoint writes them, tied ones once. */
  get weightNames(): string[] {
    return this.#module.namedParameters().map(([name]) => name)
  }

  /**
   * Queues one forward pass over the new tokens and returns its outputs, which the caller owns.
   * Without a cache the tokens are the whole sequence; the arithmetic is the same.
   */
  forward(inputs: CausalLMInputs<KVCache>): CausalLMOutput {
    this.#assertUsable()
    const past = inputs.cache?.length ?? 0
    const checked = checkInputs(inputs, past, this.#module.maxPositions)
    const { batch, tokens, logitsToKeep, sequenceLength } = checked
    const cache = inputs.cache ?? new DynamicCache(this.config, { dtype: this.dtype })
    try {
      return scope(() => {
        const { starts, keyMask } = padding(inputs)
        cache.begin(batch, tokens, starts)
        const output = this.#module.forward({
          inputIds: inputs.inputIds,
          positions: inputs.positionIds ?? countedPositions(past, tokens),
          sequenceLength,
          cacheLayers: keyMask === undefined ? cache.layers : maskLayers(cache.layers, keyMask),
          logitsToKeep,
          outputHiddenStates: inputs.outputHiddenStates ?? false,
        })
        cache.advance(tokens)
        return output
      })
    } finally {
      if (inputs.cache === undefined) cache.dispose()
    }
  }

  /** Rejects with `ERR_FILE_CHANGED` when a mapped weights file was changed or cut since loading. */
  async checkFiles(): Promise<void> {
    this.#assertUsable()
    await this.#checkpoint?.check()
  }

  /** Frees the weights and unmaps the files. A second call does nothing. */
  dispose(): void {
    if (this.#isDisposed) return
    this.#isDisposed = true
    this.#module.dispose()
    this.#checkpoint?.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  #assertUsable(): void {
    if (!this.#isDisposed) return
    throw new DisposedError(
      `${this.config.modelType}: the model must not be used after dispose(). Load it again.`,
    )
  }
}

/** Positions [1, T] that count on from the cache, padding included. */
function countedPositions(past: number, tokens: number): Tensor {
  return arange(past, past + tokens, { dtype: 'i32' }).unsqueeze(0)
}

/** A mask as the cache and attention take it: the first real slot of each row, and all real slots. */
function padding({ attentionMask, starts }: CausalLMInputs<KVCache>): {
  starts?: Tensor | undefined
  keyMask?: Tensor
} {
  if (attentionMask === undefined) return { starts }
  const keyMask = ne(attentionMask, 0)
  return { starts: argmax(keyMask, { axis: 1 }), keyMask }
}

function maskLayers(layers: readonly KVLayer[], keyMask: Tensor): KVLayer[] {
  return layers.map((layer) => ({
    append: (k, v) => ({ ...layer.append(k, v), keyMask }),
  }))
}
