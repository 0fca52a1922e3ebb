import { show, TokenizerError } from './errors.ts'
import { asObject, field, malformed } from './json.ts'
import { specialColumns, type TokenColumns } from './token-columns.ts'

/** An end of a row of tokens. */
export type Side = 'left' | 'right'

/** Which text of a pair loses tokens. */
export type TruncationStrategy = 'longest_first' | 'only_first' | 'only_second'

/** How rows that are too long are cut. */
export interface Truncation {
  /** Most tokens of a row, those of the template included. */
  readonly maxLength: number
  /** Tokens that each part that was cut off has in common with the part before. */
  readonly stride: number
  readonly strategy: TruncationStrategy
  /** The end at which tokens are cut off. */
  readonly direction: Side
  /** What becomes of the text that is cut off; not part of a tokenizer.json. */
  readonly overflow: Overflow
}

/**
 * `all`: all of it comes in parts. `none`: it is left out, and as far as that is sure not even tokenized. `word`: as
 * tokenizers 0.23.2 did, which stopped at the end of the word in which a text reached `maxLength`: the tokens of that
 * word come in parts, those of later words are lost, and a text cut at the left counts its words from the first kept.
 */
export type Overflow = 'all' | 'none' | 'word'

/** Truncation as callers give it; only the length has no default. */
export type TruncationOptions = { readonly maxLength: number } & {
  readonly [Key in keyof Truncation]?: Truncation[Key] | undefined
}

const strategyNames = {
  longest_first: 'LongestFirst',
  only_first: 'OnlyFirst',
  only_second: 'OnlySecond',
} as const

/** When enough tokens are there. */
export interface EncodeLimit {
  readonly tokens: number
  /** The end that is left out. */
  readonly direction: Side
  /** As tokenizers 0.23.2: words are counted from the first that is kept, and each pre-split word has a limit of its own. */
  readonly recounts: boolean
}

/** Checks truncation options. */
export function readTruncation(options: TruncationOptions, where = 'truncation'): Truncation {
  const { maxLength, stride = 0, strategy = 'longest_first' } = options
  const { direction = 'right', overflow = 'all' } = options
  if (!Object.hasOwn(strategyNames, strategy)) {
    throw optionError(`${where}.strategy`, 'longest_first, only_first or only_second', strategy)
  }
  if (overflow !== 'all' && overflow !== 'none' && overflow !== 'word') {
    throw optionError(`${where}.overflow`, 'all, none or word', overflow)
  }
  return {
    maxLength: readLength(maxLength, `${where}.maxLength`),
    stride: readLength(stride, `${where}.stride`),
    strategy,
    direction: readSide(direction, `${where}.direction`),
    overflow,
  }
}

/** Reads the `truncation` of a tokenizer.json. */
export function readTruncationJSON(value: unknown, where: string): Truncation | undefined {
  if (value === undefined || value === null) return undefined
  const object = asObject(value, where)
  const strategies = Object.entries(strategyNames)
  const strategy = strategies.find(([, name]) => name === field(object, 'strategy'))?.[0]
  if (!strategy) {
    const rule = 'LongestFirst, OnlyFirst or OnlySecond'
    throw malformed(`${where}.strategy`, rule, field(object, 'strategy'))
  }
  return {
    maxLength: readLength(field(object, 'max_length'), `${where}.max_length`),
    stride: readLength(field(object, 'stride'), `${where}.stride`),
    strategy: strategy as TruncationStrategy,
    direction: readSideJSON(field(object, 'direction') ?? 'Right', `${where}.direction`),
    overflow: 'all',
  }
}

/** The `truncation` of a tokenizer.json. */
export function truncationJSON(truncation: Truncation | undefined): unknown {
  if (!truncation) return null
  return {
    direction: sideJSON(truncation.direction),
    max_length: truncation.maxLength,
    strategy: strategyNames[truncation.strategy],
    stride: truncation.stride,
  }
}

/** Refuses a stride that the template leaves no room for; `added` is what it adds to one text. */
export function checkStride({ maxLength, stride }: Truncation, added: number): void {
  const room = maxLength - added
  // A template larger than the whole length is let through, as the reference does: see cutRows.
  if (room < 0 || room >= stride) return
  throw new TokenizerError(
    'ERR_TOKENIZER_OPTION',
    `truncation: stride may be ${room} at most, maxLength ${maxLength} without the ${added} tokens that the ` +
      `template adds; got ${stride}.`,
  )
}

/** How many tokens of one or two texts are kept so that, with `added` tokens of a template, they fit. */
export function keptLengths(
  lengths: readonly number[],
  { maxLength, stride, strategy }: Truncation,
  added: number,
): readonly number[] {
  const limit = maxLength - added
  // Where the template alone is too long the reference cuts nothing, and so do its users' files.
  if (limit < 0) return lengths
  if (limit === 0) return lengths.map(() => 0)
  const total = lengths.reduce((sum, length) => sum + length, 0)
  const excess = total - limit
  if (excess <= 0) return lengths
  const kept =
    strategy === 'longest_first'
      ? longestFirst(lengths, limit)
      : cutOne(lengths, strategy === 'only_first' ? 0 : 1, excess)
  kept.forEach((length, i) => requireStride(lengths[i]!, length, stride))
  return kept
}

function cutOne(lengths: readonly number[], target: 0 | 1, excess: number): readonly number[] {
  const name = target === 0 ? 'only_first' : 'only_second'
  const length = lengths[target]
  if (length === undefined) {
    throw new TokenizerError(
      'ERR_TOKENIZER_OPTION',
      `truncation: ${name} needs a pair of texts; got one text with ${excess} tokens too many.`,
    )
  }
  if (length <= excess) {
    throw new TokenizerError(
      'ERR_TOKENIZER_OPTION',
      `truncation: ${name} must leave a token of that text; got ${length} tokens with ${excess} to cut. ` +
        `Use longest_first, or a larger maxLength.`,
    )
  }
  return lengths.map((other, i) => (i === target ? other - excess : other))
}

/** How many tokens of the text number `typeId` are needed for sure, where not all that is cut off is wanted. */
export function limitOf(
  { maxLength, direction, strategy, overflow }: Truncation,
  typeId: number,
  texts: number,
  added: number,
): EncodeLimit | undefined {
  if (overflow === 'all') return undefined
  const limit = { tokens: maxLength, direction, recounts: overflow === 'word' }
  if (overflow === 'word') return strategy === 'only_second' && typeId === 0 ? undefined : limit
  // See keptLengths.
  if (added > maxLength) return undefined
  if (texts === 1) return strategy === 'only_second' ? undefined : limit
  if (strategy === 'only_first') return typeId === 0 ? limit : undefined
  if (strategy === 'only_second') return typeId === 1 ? limit : undefined
  // Which of two long texts is longer decides who gets the odd token: both must be known whole.
  return undefined
}

/** Cuts one or two texts so that, with `added` tokens of a template, they fit. */
export function cutRows(
  rows: readonly TokenColumns[],
  truncation: Truncation,
  added: number,
): readonly TokenColumns[] {
  const { stride, direction, overflow } = truncation
  const lengths = rows.map((row) => row.length)
  const kept = keptLengths(lengths, truncation, added)
  return rows.map((row, i) => {
    const part = truncateColumns(row, kept[i]!, stride, direction)
    return overflow === 'none' ? part.overflowingInto([]) : part
  })
}

// Only the longer text is cut while that is enough; else both to one half.
function longestFirst(rows: readonly number[], limit: number): readonly number[] {
  if (rows.length === 1) return [limit]
  const [first, second] = [rows[0]!, rows[1]!]
  const short = Math.min(first, second)
  let lengths = [short, short > limit ? short : Math.max(short, limit - short)]
  if (lengths[0]! + lengths[1]! > limit) {
    const half = Math.floor(limit / 2)
    lengths = [half, half + (limit % 2)]
  }
  return first > second ? lengths.reverse() : lengths
}

/** Keeps `maxLength` tokens of a row; the rest overflows in parts. */
export function truncateColumns(
  row: TokenColumns,
  maxLength: number,
  stride: number,
  direction: Side,
): TokenColumns {
  readLength(maxLength, 'truncation.maxLength')
  readLength(stride, 'truncation.stride')
  const { length } = row
  if (maxLength >= length) return row
  if (maxLength === 0) return specialColumns([], [], 0).overflowingInto([row])
  requireStride(length, maxLength, stride)
  const step = maxLength - stride
  const part = (index: number): TokenColumns => {
    const start = direction === 'right' ? index * step : length - index * step - maxLength
    return row.slice(Math.max(start, 0), Math.min(start + maxLength, length))
  }
  const parts = 1 + Math.ceil((length - maxLength) / step)
  return part(0).overflowingInto(() => Array.from({ length: parts - 1 }, (_, i) => part(i + 1)))
}

// A part that repeats the whole part before it would never come to an end.
function requireStride(length: number, kept: number, stride: number): void {
  if (kept === 0 || kept >= length || stride < kept) return
  throw new TokenizerError(
    'ERR_TOKENIZER_OPTION',
    `truncation: stride must be smaller than the ${kept} places for text; got ${stride}.`,
  )
}

/** Requires an end of a row. */
export function readSide(value: unknown, where: string): Side {
  if (value === 'left' || value === 'right') return value
  throw optionError(where, 'left or right', value)
}

/** Requires an end of a row as tokenizer.json names it. */
export function readSideJSON(value: unknown, where: string): Side {
  if (value === 'Left') return 'left'
  if (value === 'Right') return 'right'
  throw malformed(where, 'Left or Right', value)
}

/** An end of a row as tokenizer.json names it. */
export function sideJSON(side: Side): string {
  return side === 'left' ? 'Left' : 'Right'
}

/** Requires a count of tokens; files say 1e30 for "no limit". */
export function readLength(value: unknown, where: string): number {
  if (typeof value === 'number' && value >= 0 && (Number.isInteger(value) || value === Infinity)) {
    return value
  }
  throw optionError(where, 'a whole number from 0 on', value)
}

/** The error for an option of the wrong kind. */
export function optionError(where: string, rule: string, got: unknown): TokenizerError {
  return new TokenizerError('ERR_TOKENIZER_OPTION', `${where}: must be ${rule}; got ${show(got)}.`)
}
