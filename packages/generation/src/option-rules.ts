import { OptionError } from '@heddle/tensor'

// Every option of Transformers' GenerationConfig and of its generate(), by its name in camelCase.
// An option that is not here does not exist; one whose effect is missing throws when asked for it.

type Check = (value: unknown, name: string) => void

interface Supported {
  readonly kind: 'supported'
  readonly check: Check
  /** The value that changes nothing; a sampling option of another value needs `doSample`. */
  readonly sampling?: number
}

interface Unsupported {
  readonly kind: 'unsupported'
  /** True when the value leaves the result as it is without this feature. */
  readonly isNeutral: (value: unknown) => boolean
  /** Greedy decoding never reads it. */
  readonly onlySampling?: boolean
}

/** How one option is treated. */
export type OptionRule = Supported | Unsupported

const supported = (check: Check): Supported => ({ kind: 'supported', check })
const samplingOnly = (neutral: number, check: Check): Supported => ({
  kind: 'supported',
  check,
  sampling: neutral,
})
const unsupported = (...neutral: unknown[]): Unsupported => ({
  kind: 'unsupported',
  isNeutral: (value) => neutral.some((entry) => Object.is(entry, value)),
})
const ignoredUnless = (isActive: (value: unknown) => boolean): Unsupported => ({
  kind: 'unsupported',
  isNeutral: (value) => !isActive(value),
})

const unsupportedFilter = (...neutral: unknown[]): Unsupported => ({
  ...unsupported(...neutral),
  onlySampling: true,
})
// Sizes from 0 down switch a feature off.
const unsupportedSize = ignoredUnless((value) => !(Number.isInteger(value) && Number(value) <= 0))

/** `value` for an error message: short, one line, never throws. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60))
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) {
    return `[${value.slice(0, 6).map(show).join(', ')}${value.length > 6 ? ', ...' : ''}]`
  }
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
}

function fail(name: string, rule: string, value: unknown): never {
  throw new OptionError(`generate: ${name} must be ${rule}; got ${show(value)}.`)
}

const integer =
  (least: number, most: number = 2 ** 31 - 1): Check =>
  (value, name) => {
    if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
      fail(name, `an integer from ${least} to ${most}`, value)
    }
  }

const within =
  (least: number, most: number, remedy = ''): Check =>
  (value, name) => {
    // Written so that NaN fails.
    if (typeof value !== 'number' || !(value >= least && value <= most)) {
      fail(name, `a number from ${least} to ${most}${remedy}`, value)
    }
  }

const boolean: Check = (value, name) => {
  if (typeof value !== 'boolean') fail(name, 'true or false', value)
}

const oneOf =
  (...choices: string[]): Check =>
  (value, name) => {
    if (!choices.includes(value as string)) {
      fail(name, choices.map((choice) => `'${choice}'`).join(' or '), value)
    }
  }

const tokenId = integer(0)

const tokenIds: Check = (value, name) => {
  if (!Array.isArray(value)) return tokenId(value, name)
  for (const id of value) tokenId(id, name)
}

const stopStrings: Check = (value, name) => {
  const list = Array.isArray(value) ? value : [value]
  for (const text of list) {
    if (typeof text !== 'string' || text === '') fail(name, 'one or more non-empty strings', value)
  }
}

const hasMethods =
  (rule: string, ...methods: string[]): Check =>
  (value, name) => {
    const object = value as Record<string, unknown> | undefined
    if (typeof object !== 'object' || methods.some((m) => typeof object[m] !== 'function')) {
      fail(name, rule, value)
    }
  }

const callable: Check = (value, name) => {
  if (typeof value !== 'function') fail(name, 'a function', value)
}

/** Options that a model's generation_config.json may hold, and a call too. */
export const generationRules: Readonly<Record<string, OptionRule>> = {
  // length
  maxLength: supported(integer(1)),
  maxNewTokens: supported(integer(1)),
  minLength: supported(integer(0)),
  minNewTokens: supported(integer(0)),
  stopStrings: supported(stopStrings),
  maxTime: unsupported(),
  // strategy
  doSample: supported(boolean),
  numBeams: unsupported(1),
  numBeamGroups: unsupported(1),
  // Beam search reads these three and nothing else does; without beams they change nothing.
  earlyStopping: ignoredUnless(() => false),
  lengthPenalty: ignoredUnless(() => false),
  diversityPenalty: ignoredUnless(() => false),
  penaltyAlpha: unsupported(0),
  dolaLayers: unsupported(),
  constraints: unsupported(),
  forceWordsIds: unsupported(),
  useMtp: unsupported(false),
  lowMemory: ignoredUnless(() => false),
  // cache
  useCache: supported(boolean),
  cacheImplementation: supported(oneOf('dynamic', 'static')),
  cacheConfig: unsupported(),
  maxCacheLen: supported(integer(1)),
  // logits
  temperature: samplingOnly(
    1,
    within(1e-30, 1e30, ' (for the most likely token each time, leave doSample off)'),
  ),
  topK: samplingOnly(50, integer(0)),
  topP: samplingOnly(1, within(0, 1)),
  minP: samplingOnly(0, within(0, 1)),
  topH: unsupportedFilter(),
  typicalP: unsupportedFilter(1),
  epsilonCutoff: unsupportedFilter(0),
  etaCutoff: unsupportedFilter(0),
  repetitionPenalty: supported(within(1e-30, 1e30)),
  encoderRepetitionPenalty: unsupported(1),
  noRepeatNgramSize: unsupportedSize,
  encoderNoRepeatNgramSize: unsupportedSize,
  badWordsIds: unsupported(),
  // A log-softmax over the logits: it changes neither their order nor their probabilities.
  renormalizeLogits: ignoredUnless(() => false),
  forcedBosTokenId: unsupported(),
  forcedEosTokenId: unsupported(),
  removeInvalidValues: unsupported(false),
  exponentialDecayLengthPenalty: unsupported(),
  suppressTokens: ignoredUnless((value) => !isEmptyList(value)),
  beginSuppressTokens: ignoredUnless((value) => !isEmptyList(value)),
  sequenceBias: unsupported(),
  tokenHealing: unsupported(false),
  guidanceScale: unsupported(1),
  watermarkingConfig: unsupported(),
  // outputs
  numReturnSequences: unsupported(1),
  outputAttentions: unsupported(false),
  outputHiddenStates: unsupported(false),
  outputScores: unsupported(false),
  outputLogits: unsupported(false),
  returnDictInGenerate: ignoredUnless(() => false),
  returnLegacyCache: unsupported(false),
  // special tokens
  padTokenId: supported(tokenId),
  bosTokenId: supported(tokenId),
  eosTokenId: supported(tokenIds),
  decoderStartTokenId: ignoredUnless(() => false),
  // assisted decoding; the numbers only matter with an assistant
  isAssistant: unsupported(false),
  numAssistantTokens: ignoredUnless(() => false),
  numAssistantTokensSchedule: ignoredUnless(() => false),
  assistantConfidenceThreshold: ignoredUnless(() => false),
  assistantLookbehind: ignoredUnless(() => false),
  targetLookbehind: ignoredUnless(() => false),
  maxMatchingNgramSize: ignoredUnless(() => false),
  assistantEnsembleWeight: ignoredUnless(() => false),
  assistantEarlyExit: unsupported(),
  promptLookupNumTokens: unsupported(),
  speculationType: unsupported(),
  // execution; these never change the numbers
  prefillChunkSize: supported(integer(1)),
  compileConfig: ignoredUnless(() => false),
  disableCompile: ignoredUnless(() => false),
  continuousBatchingConfig: unsupported(),
}

/** Options of a call alone. */
export const callRules: Readonly<Record<string, OptionRule>> = {
  seed: supported(integer(0, Number.MAX_SAFE_INTEGER)),
  tokenizer: supported(hasMethods('a tokenizer', 'decode', 'streamDecoder')),
  pastKeyValues: supported(hasMethods('a KVCache', 'begin', 'advance', 'crop')),
  signal: supported(hasMethods('an AbortSignal', 'addEventListener', 'removeEventListener')),
  onProgress: supported(callable),
  generationConfig: unsupported(),
  logitsProcessor: ignoredUnless((value) => !isEmptyList(value)),
  stoppingCriteria: ignoredUnless((value) => !isEmptyList(value)),
  prefixAllowedTokensFn: unsupported(),
  assistantModel: unsupported(),
  assistantTokenizer: unsupported(),
  streamer: unsupported(),
  negativePromptIds: unsupported(),
  negativePromptAttentionMask: unsupported(),
  inputsEmbeds: unsupported(),
  customGenerate: unsupported(),
  syncedGpus: unsupported(false),
  useModelDefaults: unsupported(true),
  trustRemoteCode: unsupported(false),
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

/** Keys of generation_config.json that describe the file and not a generation. */
export const fileKeys: ReadonlySet<string> = new Set([
  'transformersVersion',
  '_fromModelConfig',
  'fromModelConfig',
  '_commitHash',
  'commitHash',
])
