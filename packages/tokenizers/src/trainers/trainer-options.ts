import type { AddedToken } from '../added-token.ts'
import { show, TokenizerError } from '../errors.ts'
import { isWellFormed } from '../unicode.ts'
import type { PaceOptions } from './pace.ts'

/** Options of a training, under tokenizers' names; each kind of model takes those that its trainer has. */
export interface TrainerOptions extends PaceOptions {
  /** How many tokens to make, special ones included. 30000 by default, 8000 for Unigram. */
  readonly vocabSize?: number | undefined
  /** How often a pair must occur to be merged, or a word to be a token. 0 by default. */
  readonly minFrequency?: number | undefined
  /** Tokens that come first in the vocabulary and are never made from text. */
  readonly specialTokens?: readonly (string | Partial<AddedToken>)[] | undefined
  /** BPE and WordPiece: how many different characters to keep, the most frequent ones. */
  readonly limitAlphabet?: number | undefined
  /** Characters to keep even when no text has them; of a longer string the first one. */
  readonly initialAlphabet?: readonly string[] | undefined
  /** BPE and WordPiece: put before tokens that do not begin a word. The model's by default; else `##` for WordPiece. */
  readonly continuingSubwordPrefix?: string | undefined
  /** BPE and WordPiece: put behind tokens that end a word. The model's by default. */
  readonly endOfWordSuffix?: string | undefined
  /** BPE: the longest token, in characters, that takes part in further merges; see tokenizers. */
  readonly maxTokenLength?: number | undefined
  /** Unigram: the share of pieces that each pruning keeps. 0.75 by default. */
  readonly shrinkingFactor?: number | undefined
  /** Unigram: the token for unknown characters; added in front when it is no special token. */
  readonly unkToken?: string | undefined
  /** Unigram: the longest piece, in characters. 16 by default. */
  readonly maxPieceLength?: number | undefined
  /** Unigram: passes over the words between two prunings. 2 by default. */
  readonly nSubIterations?: number | undefined
  /** Unigram: the number of pieces to begin with. 1000000 by default. */
  readonly seedSize?: number | undefined
}

/** The kinds of models that can be trained. */
export type TrainableKind = 'BPE' | 'WordPiece' | 'WordLevel' | 'Unigram'

/** {@link TrainerOptions} checked, with defaults in place. */
export interface CheckedOptions {
  readonly vocabSize: number
  readonly minFrequency: number
  readonly specialTokens: readonly AddedToken[]
  readonly limitAlphabet: number | undefined
  readonly initialAlphabet: readonly string[]
  readonly continuingSubwordPrefix: string | undefined
  readonly endOfWordSuffix: string | undefined
  readonly maxTokenLength: number | undefined
  readonly shrinkingFactor: number
  readonly unkToken: string | undefined
  readonly maxPieceLength: number
  readonly nSubIterations: number
  readonly seedSize: number
}

const common = ['vocabSize', 'specialTokens', 'onProgress', 'signal']
const merging = [
  ...common,
  'minFrequency',
  'limitAlphabet',
  'initialAlphabet',
  'continuingSubwordPrefix',
  'endOfWordSuffix',
]
const allowed: Readonly<Record<TrainableKind, readonly string[]>> = {
  BPE: [...merging, 'maxTokenLength'],
  WordPiece: merging,
  WordLevel: [...common, 'minFrequency'],
  Unigram: [
    ...common,
    'initialAlphabet',
    'shrinkingFactor',
    'unkToken',
    'maxPieceLength',
    'nSubIterations',
    'seedSize',
  ],
}

// Ids end below 2^24, see asId.
const MOST_TOKENS = 2 ** 24

/** Checks the options of a training of a model of `kind`. */
export function readTrainerOptions(kind: TrainableKind, options: TrainerOptions): CheckedOptions {
  const { onProgress, signal } = options
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && !allowed[kind].includes(name))
      throw wrong(name, `an option of a ${kind} trainer, which takes ${allowed[kind].join(', ')}`)
  }
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw wrong('onProgress', 'a function', onProgress)
  if (signal !== undefined && typeof signal?.throwIfAborted !== 'function')
    throw wrong('signal', 'an AbortSignal', signal)
  const shrinkingFactor = options.shrinkingFactor ?? 0.75
  if (!(shrinkingFactor > 0 && shrinkingFactor < 1))
    throw wrong('shrinkingFactor', 'a number between 0 and 1', shrinkingFactor)
  const defaultSize = kind === 'Unigram' ? 8000 : 30_000
  return {
    vocabSize: count(options, 'vocabSize', { fallback: defaultSize, max: MOST_TOKENS }),
    minFrequency: count(options, 'minFrequency', { fallback: 0 }),
    specialTokens: readSpecialTokens(options.specialTokens ?? []),
    limitAlphabet: optionalCount(options, 'limitAlphabet', 0),
    initialAlphabet: readAlphabet(options.initialAlphabet ?? []),
    continuingSubwordPrefix: text(options, 'continuingSubwordPrefix'),
    endOfWordSuffix: text(options, 'endOfWordSuffix'),
    maxTokenLength: optionalCount(options, 'maxTokenLength', 1),
    shrinkingFactor,
    unkToken: text(options, 'unkToken'),
    maxPieceLength: count(options, 'maxPieceLength', { fallback: 16, min: 1, max: 1024 }),
    nSubIterations: count(options, 'nSubIterations', { fallback: 2, min: 1 }),
    seedSize: count(options, 'seedSize', { fallback: 1_000_000, min: 1 }),
  }
}

function readSpecialTokens(list: unknown): AddedToken[] {
  if (!Array.isArray(list)) throw wrong('specialTokens', 'an array', list)
  const tokens = new Map<string, AddedToken>()
  list.forEach((item: unknown, i) => {
    const given = (typeof item === 'string' ? { content: item } : item) as Partial<AddedToken>
    const content = given?.content
    if (typeof content !== 'string' || content === '' || !isWellFormed(content))
      throw wrong(`specialTokens[${i}]`, 'a token that is not empty', item)
    if (!tokens.has(content)) tokens.set(content, { ...plain, ...given, content, special: true })
  })
  return [...tokens.values()]
}

const plain = { singleWord: false, lstrip: false, rstrip: false, normalized: false }

function readAlphabet(list: unknown): string[] {
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'string' && isWellFormed(item)))
    throw wrong('initialAlphabet', 'an array of strings', list)
  const characters = list.map((item: string) => (item === '' ? '' : [...item][0]!))
  return [...new Set(characters)].filter((character) => character !== '')
}

function count(
  options: TrainerOptions,
  name: keyof TrainerOptions,
  {
    fallback,
    min = 0,
    max = Number.MAX_SAFE_INTEGER,
  }: { fallback: number; min?: number; max?: number },
): number {
  const value = options[name] ?? fallback
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max)
    return value as number
  throw wrong(name, `a whole number from ${min} to ${max}`, value)
}

function optionalCount(
  options: TrainerOptions,
  name: keyof TrainerOptions,
  min: number,
): number | undefined {
  return options[name] === undefined ? undefined : count(options, name, { fallback: min, min })
}

function text(options: TrainerOptions, name: keyof TrainerOptions): string | undefined {
  const value: unknown = options[name]
  if (value === undefined || (typeof value === 'string' && isWellFormed(value))) return value
  throw wrong(name, 'a string', value)
}

function wrong(name: string, rule: string, got?: unknown): TokenizerError {
  return new TokenizerError(
    'ERR_TOKENIZER_OPTION',
    `trainTokenizer: ${name} must be ${rule}; got ${got === undefined ? show(name) : show(got)}.`,
  )
}
