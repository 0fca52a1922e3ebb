import type { KVCache } from '@heddle/cache'
import type { CausalLM } from '@heddle/nn'
import { Scope } from '@heddle/tensor'
import { throwIfAborted } from './abort.ts'
import { openCache } from './call-cache.ts'
import { decodeLoop } from './decode-loop.ts'
import { createFeed } from './feed.ts'
import { ModelSteps } from './model-steps.ts'
import { type GenerateOptions, resolveOptions, type Settings } from './options.ts'
import { type GenerateInputs, type Prompt, preparePrompt } from './prompts.ts'
import { Rows } from './rows.ts'
import { Sampler } from './sampler.ts'
import { type FinishReason, type Lengths, resolveLengths } from './stopping.ts'

/** One step of a stream. */
export interface StreamPart {
  /** The new token of each row; for rows that have ended, what fills them (see `sequences`). */
  readonly tokens: number[]
  /** New text of the first row; empty without a tokenizer, or while text is held back. */
  readonly text: string
  /** New text of each row. */
  readonly texts: string[]
  /** Why each row ended; undefined while it goes on. */
  readonly finishReasons: (FinishReason | undefined)[]
  /** True for the last part. */
  readonly done: boolean
}

/** What a call generated. */
export interface GenerateOutput {
  /**
   * Each row's padded prompt and new tokens, padded to one length after its end. As in Transformers,
   * without end tokens a row that a stop string ended is not padded but goes on beside the others.
   */
  readonly sequences: number[][]
  /** Each row's new tokens to its end, an end token included, without padding. */
  readonly newTokens: number[][]
  /** Each row's new text, without special tokens and stop strings; undefined without a tokenizer. */
  readonly texts: string[] | undefined
  readonly finishReasons: FinishReason[]
  readonly counts: {
    /** Tokens of all prompts, without padding. */
    readonly promptTokens: number
    /** Of each row's prompt (padding included), how many came out of `pastKeyValues`. */
    readonly cachedTokens: number
    /** New tokens of all rows, without padding. */
    readonly newTokens: number
  }
  /** The seed of the sampler, also when it was drawn at random; undefined when greedy. */
  readonly seed: number | undefined
}

/**
 * Generates until every row has ended. Rejects with `ERR_OPTION`, `ERR_UNSUPPORTED_OPTION`,
 * `ERR_ABORTED`, `ERR_FILE_CHANGED`, `ERR_OUT_OF_MEMORY`, `ERR_NUMERIC` (NaN for scores); whatever
 * happens, its memory is given back.
 *
 * @example
 * const { sequences } = await generate(model, tokenizer.encode('Once upon'), { maxNewTokens: 30 })
 */
export async function generate(
  model: CausalLM<KVCache>,
  inputs: GenerateInputs,
  options?: GenerateOptions,
): Promise<GenerateOutput> {
  const parts = stream(model, inputs, options)
  for (;;) {
    const { done, value } = await parts.next()
    if (done) return value
  }
}

/**
 * Generates step by step. Leaving the loop ends the call. With a `tokenizer` each part has text.
 *
 * @example
 * for await (const part of stream(model, ids, { tokenizer })) process.stdout.write(part.text)
 */
export function stream(
  model: CausalLM<KVCache>,
  inputs: GenerateInputs,
  options?: GenerateOptions,
): AsyncGenerator<StreamPart, GenerateOutput, void> {
  const call: Call = {}
  const parts = start(call, model, inputs, options)
  abandoned.register(parts, call)
  return parts
}

/** What has to happen when a call is over, once it holds anything. */
interface Call {
  finish?: () => void
}

// The safety net for a stream that was begun and dropped without `return()`.
const abandoned = new FinalizationRegistry<Call>((call) => call.finish?.())

async function* start(
  call: Call,
  model: CausalLM<KVCache>,
  inputs: GenerateInputs,
  options: GenerateOptions | undefined,
): AsyncGenerator<StreamPart, GenerateOutput, void> {
  const settings = resolveOptions(model, options)
  const { vocabSize, maxPositionEmbeddings } = model.config
  const prompt = preparePrompt(inputs, { ...settings, vocabSize })
  const lengths = resolveLengths(settings, prompt.length, maxPositionEmbeddings)
  throwIfAborted(settings.signal)
  await model.checkFiles()
  throwIfAborted(settings.signal)
  return yield* run(call, model, prompt, settings, lengths)
}

async function* run(
  call: Call,
  model: CausalLM<KVCache>,
  prompt: Prompt,
  settings: Settings,
  lengths: Lengths,
): AsyncGenerator<StreamPart, GenerateOutput, void> {
  const { signal, onProgress, tokenizer } = settings
  const { maxNewTokens } = lengths
  const rows = new Rows(prompt, {
    ...settings,
    maxNewTokens,
    // Without end tokens nothing is padded.
    padTokenId: settings.padTokenId ?? 0,
  })
  const caching = openCache(model, prompt, maxNewTokens, settings)
  const cachedTokens = caching.cache?.length ?? 0
  const owner = new Scope()
  let isOver = false
  let steps: ModelSteps | undefined
  // Runs at the end of the call or, so that memory does not wait for a slow reader, when it is aborted.
  const finish = () => {
    if (isOver) return
    isOver = true
    // The registry keeps `call` until the stream itself is collected, and with it all that this closure holds.
    delete call.finish
    signal?.removeEventListener('abort', finish)
    steps?.leave()
    // Skipping commands in mid-step would spoil a cache that lives on; then the step runs to its end.
    if (!caching.isBorrowed) owner.cancel()
    owner.dispose()
    caching.release(steps?.failed ? 'failed' : { keep: keptTokens(cachedTokens, prompt, rows) })
  }
  call.finish = finish
  signal?.addEventListener('abort', finish, { once: true })
  try {
    const sampler = new Sampler(owner, prompt, settings, lengths)
    const feed = createFeed({ ...settings, model, prompt, owner }, caching.cache)
    steps = new ModelSteps({
      feed,
      sampler,
      owner,
      rows: prompt.rows,
      promptLength: prompt.length,
      signal,
      onProgress,
    })
    for await (const ids of decodeLoop(steps, maxNewTokens, signal)) {
      const { tokens, texts } = rows.accept(ids)
      onProgress?.({ phase: 'decode', done: rows.steps, total: maxNewTokens })
      const { done, finishReasons } = rows
      if (done) finish()
      yield { tokens, text: texts[0] as string, texts, finishReasons, done }
      if (done) break
    }
    return {
      sequences: rows.sequences(),
      newTokens: rows.newTokens,
      texts: tokenizer && rows.texts,
      finishReasons: rows.finishReasons as FinishReason[],
      counts: {
        promptTokens: prompt.ids.length - prompt.starts.reduce((sum, start) => sum + start, 0),
        cachedTokens,
        newTokens: rows.newTokens.reduce((sum, row) => sum + row.length, 0),
      },
      seed: sampler.seed,
    }
  } finally {
    finish()
  }
}

// What is known to be right in the cache: before a first token came, only what was there before.
function keptTokens(cachedTokens: number, prompt: Prompt, rows: Rows): number {
  return rows.steps === 0 ? cachedTokens : prompt.length + rows.steps - 1
}
