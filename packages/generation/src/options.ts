import type { KVCache } from '@heddle/cache'
import type { CausalLM } from '@heddle/nn'
import { OptionError, UnsupportedOptionError } from '@heddle/tensor'
import { callRules, fileKeys, generationRules, type OptionRule, show } from './option-rules.ts'
import type { TextSource } from './row-text.ts'

/**
 * What `onProgress` is told: prompt tokens handed to the device so far (at most two chunks ahead of
 * it), then tokens generated per row.
 */
export interface GenerationProgress {
  readonly phase: 'prefill' | 'decode'
  readonly done: number
  readonly total: number
}

/**
 * Options of `generate()` and `stream()`: Transformers' names in camelCase, with its defaults.
 * Null stands for "as if neither the model nor the call had said anything". Options of
 * Transformers that are not listed here throw `ERR_UNSUPPORTED_OPTION` unless their value would
 * change nothing (`numBeams: 1`, `outputScores: false`).
 */
export interface GenerateOptions {
  /** Most tokens to generate for each row; wins over `maxLength`. Default 20. */
  maxNewTokens?: number | null
  /** Most tokens of a row, its padded prompt included. */
  maxLength?: number | null
  /** No end token before this many new tokens; wins over `minLength`. */
  minNewTokens?: number | null
  /** No end token before the row has this many tokens, its padded prompt included. */
  minLength?: number | null
  /** Ends a row when its text contains one of these; needs `tokenizer`. */
  stopStrings?: string | readonly string[] | null
  /** Sample instead of taking the most likely token. Default false. */
  doSample?: boolean | null
  /** Divides the logits. Default 1. */
  temperature?: number | null
  /** Keeps this many of the most likely tokens; 0 keeps all. Default 50. */
  topK?: number | null
  /** Keeps the fewest most likely tokens that reach this probability together. Default 1. */
  topP?: number | null
  /** Drops tokens less likely than this share of the most likely one's probability. */
  minP?: number | null
  /** Above 1, makes tokens that are already in the row less likely. Default 1. */
  repetitionPenalty?: number | null
  /** Makes sampling repeatable; drawn at random when it is missing. */
  seed?: number | null
  /** Default true; false runs the whole row again for each token, with the same result. */
  useCache?: boolean | null
  cacheImplementation?: 'dynamic' | 'static' | null
  /** Tokens that a static cache has room for; by default as many as the call needs. */
  maxCacheLen?: number | null
  /** A cache of earlier tokens of the same rows; afterwards it holds all but the last new token. */
  pastKeyValues?: KVCache | null
  /** Prompt tokens processed at once. Default 256; the numbers do not depend on it. */
  prefillChunkSize?: number | null
  padTokenId?: number | null
  bosTokenId?: number | null
  /** Null generates past every end token. */
  eosTokenId?: number | readonly number[] | null
  /** Turns new tokens into text. */
  tokenizer?: TextSource | null
  /** Ends the call within one step, with an `AbortError`. */
  signal?: AbortSignal | null
  onProgress?: ((progress: GenerationProgress) => void) | null
  /** Any other option of Transformers, as long as its value changes nothing. */
  [option: string]: unknown
}

/** The options after checks and defaults; lengths still depend on the prompt. */
export interface Settings {
  readonly maxNewTokens: number | undefined
  readonly maxLength: number | undefined
  readonly minNewTokens: number | undefined
  readonly minLength: number
  readonly stopStrings: readonly string[]
  readonly doSample: boolean
  readonly temperature: number
  readonly topK: number
  readonly topP: number
  readonly minP: number
  readonly repetitionPenalty: number
  readonly seed: number | undefined
  readonly useCache: boolean
  readonly cacheImplementation: 'dynamic' | 'static'
  readonly maxCacheLen: number | undefined
  readonly pastKeyValues: KVCache | undefined
  readonly prefillChunkSize: number
  readonly padTokenId: number | undefined
  readonly eosTokenIds: readonly number[]
  readonly tokenizer: TextSource | undefined
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((progress: GenerationProgress) => void) | undefined
}

type Values = Record<string, unknown>

/** Tokens of a prompt that are processed at once unless the call says otherwise. */
export const DEFAULT_PREFILL_CHUNK = 256

/** Checks the options of a call and of the model and merges them, the call's first. */
export function resolveOptions(model: CausalLM<never>, options: GenerateOptions = {}): Settings {
  // Greedy decoding never reads some options; whether it is greedy has to be known first.
  const isGreedy = (options?.doSample ?? model.generationConfig.doSample) === false
  const call = callValues(options, isGreedy)
  const file = modelValues(model, call)
  const merged: Values = { ...file, ...call }
  const value = <T>(name: string): T | undefined => (merged[name] ?? undefined) as T | undefined
  const eos = value<number | readonly number[]>('eosTokenId')
  const eosTokenIds = eos === undefined ? [] : [...new Set(typeof eos === 'number' ? [eos] : eos)]
  const stops = value<string | readonly string[]>('stopStrings')
  const settings: Settings = {
    maxNewTokens: value('maxNewTokens'),
    maxLength: value('maxLength'),
    minNewTokens: value('minNewTokens'),
    minLength: value('minLength') ?? 0,
    stopStrings: stops === undefined ? [] : typeof stops === 'string' ? [stops] : [...stops],
    doSample: value('doSample') ?? false,
    temperature: value('temperature') ?? 1,
    topK: value('topK') ?? 50,
    topP: value('topP') ?? 1,
    minP: value('minP') ?? 0,
    repetitionPenalty: value('repetitionPenalty') ?? 1,
    seed: value('seed'),
    useCache: value('useCache') ?? true,
    cacheImplementation: value('cacheImplementation') ?? 'dynamic',
    maxCacheLen: value('maxCacheLen'),
    pastKeyValues: value('pastKeyValues'),
    prefillChunkSize: value('prefillChunkSize') ?? DEFAULT_PREFILL_CHUNK,
    padTokenId: value('padTokenId') ?? eosTokenIds[0],
    eosTokenIds,
    tokenizer: value('tokenizer'),
    signal: value('signal'),
    onProgress: value('onProgress'),
  }
  checkTogether(settings, call, model.config.vocabSize)
  if (value('doSample') === undefined) checkSamplingIsSaid(call)
  return settings
}

/** The values of a call that were said: undefined is silence. */
function callValues(options: GenerateOptions, isGreedy: boolean): Values {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new OptionError(`generate: options must be an object; got ${show(options)}.`)
  }
  const values: Values = {}
  for (const [name, value] of Object.entries(options)) {
    const rule = ruleOf(name) ?? (Object.hasOwn(callRules, name) ? callRules[name] : undefined)
    if (rule === undefined) throw unknownOption(name)
    if (value === undefined) continue
    checkOption(rule, name, value, '', isGreedy)
    values[name] = value
  }
  return values
}

/** The values of generation_config.json, and the special tokens of config.json it is silent on. */
function modelValues(model: CausalLM<never>, call: Values): Values {
  const { eosTokenId, padTokenId, vocabSize } = model.config
  // Configurations write -1 for "none".
  const exists = (id: number) => id >= 0 && id < vocabSize
  const values: Values = {
    eosTokenId: [eosTokenId ?? []].flat().filter(exists),
    padTokenId: padTokenId !== undefined && exists(padTokenId) ? padTokenId : undefined,
  }
  const samples = (call.doSample ?? model.generationConfig.doSample) === true
  const where = " (in the model's generation_config.json)"
  for (const [name, value] of Object.entries(model.generationConfig)) {
    if (fileKeys.has(name) || value === undefined || Object.hasOwn(call, name)) continue
    const rule = ruleOf(name)
    if (rule === undefined) {
      warnUnknown(model, name)
      continue
    }
    // Files of sliding-window models name a cache class that Transformers itself now passes over.
    if (name === 'cacheImplementation' && value === 'hybrid') continue
    checkOption(rule, name, value, where, !samples)
    values[name] = value
  }
  return values
}

function ruleOf(name: string): OptionRule | undefined {
  return Object.hasOwn(generationRules, name) ? generationRules[name] : undefined
}

function checkOption(
  rule: OptionRule,
  name: string,
  value: unknown,
  where: string,
  isGreedy: boolean,
): void {
  if (value === null) return
  if (rule.kind === 'supported') return rule.check(value, `${name}${where}`)
  if (rule.isNeutral(value) || (rule.onlySampling && isGreedy)) return
  throw new UnsupportedOptionError(
    `generate: ${name}${where} is not supported yet; got ${show(value)}. ` +
      `Leave it out${where === '' ? '' : `, or pass ${name}: null to generate without it`}.`,
  )
}

function checkTogether(settings: Settings, call: Values, vocabSize: number): void {
  for (const [name, ids] of [
    ['eosTokenId', settings.eosTokenIds],
    ['padTokenId', settings.padTokenId === undefined ? [] : [settings.padTokenId]],
  ] as const) {
    const outside = ids.find((id) => id >= vocabSize)
    if (outside === undefined) continue
    throw new OptionError(
      `generate: ${name} must be below the model's vocabSize (${vocabSize}); got ${outside}.`,
    )
  }
  if (settings.stopStrings.length > 0 && settings.tokenizer === undefined) {
    throw new OptionError(
      'generate: stopStrings need the text of the tokens; got no tokenizer. Pass tokenizer too.',
    )
  }
  if (settings.pastKeyValues !== undefined) {
    if (!settings.useCache) {
      throw new OptionError(
        'generate: pastKeyValues is a cache; got it with useCache: false. Leave one of them out.',
      )
    }
    if ((call.cacheImplementation ?? undefined) !== undefined) {
      throw new OptionError(
        `generate: pastKeyValues already is a cache; got cacheImplementation ` +
          `${show(call.cacheImplementation)} too. Leave one of them out.`,
      )
    }
  }
  const isStatic = settings.useCache && settings.cacheImplementation === 'static'
  const callSaysLength = (call.maxCacheLen ?? undefined) !== undefined
  if (callSaysLength && (!isStatic || settings.pastKeyValues !== undefined)) {
    throw new OptionError(
      `generate: maxCacheLen has an effect only with cacheImplementation: 'static'; got ` +
        `${settings.maxCacheLen} without it. Leave it out, or ask for the static cache.`,
    )
  }
}

// With doSample: false the caller has said that these are switched off; without a word about it,
// ignoring them would be a silent surprise.
function checkSamplingIsSaid(call: Values): void {
  for (const [name, rule] of Object.entries(generationRules)) {
    const neutral = rule.kind === 'supported' ? rule.sampling : undefined
    const value = call[name]
    if (neutral === undefined || value === undefined || value === null || value === neutral)
      continue
    throw new OptionError(
      `generate: ${name} has an effect only when doSample is true; got ${show(value)} and no ` +
        `doSample. Pass doSample: true, or leave ${name} out.`,
    )
  }
}

function unknownOption(name: string): OptionError {
  const camel = name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  const known = [...Object.keys(generationRules), ...Object.keys(callRules)]
  const close = known.find((entry) => entry.toLowerCase() === camel.toLowerCase())
  const remedy = close === undefined ? 'Is it misspelled?' : `Did you mean ${close}?`
  return new OptionError(`generate: options must be known by name; got ${show(name)}. ${remedy}`)
}

const warned = new WeakMap<object, Set<string>>()

// A stranger's file may hold anything; an unknown key of it is reported once and has no effect.
function warnUnknown(model: object, name: string): void {
  const names = warned.get(model) ?? new Set()
  warned.set(model, names)
  if (names.has(name)) return
  names.add(name)
  process.emitWarning(`generation_config.json: unknown key ${show(name)} has no effect.`, {
    code: 'HEDDLE_UNKNOWN_GENERATION_KEY',
  })
}
