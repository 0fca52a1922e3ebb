import { show, TokenizerError } from './errors.ts'

/** The end of a row that is padded or cut. */
export type PaddingSide = 'left' | 'right'

/** Options of `Tokenizer.call`. */
export interface CallOptions {
  addSpecialTokens?: boolean | undefined
  /** true or 'longest': to the longest row; 'max_length': to `maxLength`. False by default. */
  padding?: boolean | 'longest' | 'max_length' | undefined
  /** Cut rows to `maxLength`, special tokens included. False by default. */
  truncation?: boolean | undefined
  maxLength?: number | undefined
  padToMultipleOf?: number | undefined
  paddingSide?: PaddingSide | undefined
}

/** Rows of ids with 1 for every real token and 0 for padding. */
export interface Batch {
  inputIds: number[][]
  attentionMask: number[][]
}

interface Defaults {
  readonly padTokenId: number | undefined
  readonly paddingSide: PaddingSide
  readonly maxLength: number
}

/** Keeps `limit` ids, dropping those at `side`. */
export function truncate(ids: number[], limit: number, side: PaddingSide): number[] {
  if (!(limit >= 0)) {
    throw new TokenizerError(
      'ERR_TOKENIZER_OPTION',
      `call: maxLength must leave room for the special tokens; got ${limit} places for text.`,
    )
  }
  if (ids.length <= limit) return ids
  return side === 'right' ? ids.slice(0, limit) : ids.slice(ids.length - limit)
}

/** Pads rows to one length. */
export function padBatch(rows: number[][], options: CallOptions, defaults: Defaults): Batch {
  const { padding = false, padToMultipleOf = 1 } = options
  const side = options.paddingSide ?? defaults.paddingSide
  if (!Number.isInteger(padToMultipleOf) || padToMultipleOf < 1) {
    throw optionError('padToMultipleOf', 'a whole number from 1 on', padToMultipleOf)
  }
  if (side !== 'left' && side !== 'right') throw optionError('paddingSide', 'left or right', side)
  if (![true, false, 'longest', 'max_length'].includes(padding)) {
    throw optionError('padding', 'true, false, longest or max_length', padding)
  }
  if (padding === false) {
    return { inputIds: rows, attentionMask: rows.map((row) => row.map(() => 1)) }
  }
  let width = rows.reduce((longest, row) => Math.max(longest, row.length), 0)
  if (padding === 'max_length') {
    if (!Number.isSafeInteger(defaults.maxLength) || defaults.maxLength > 2 ** 24) {
      throw optionError('maxLength', 'a whole number for max_length padding', options.maxLength)
    }
    width = Math.max(width, defaults.maxLength)
  }
  width = Math.ceil(width / padToMultipleOf) * padToMultipleOf
  const { padTokenId } = defaults
  const pad = (row: number[], by: number): number[] => {
    const fill = new Array<number>(width - row.length).fill(by)
    return side === 'left' ? [...fill, ...row] : [...row, ...fill]
  }
  if (padTokenId === undefined && rows.some((row) => row.length < width)) {
    throw new TokenizerError(
      'ERR_TOKENIZER_OPTION',
      'call: padding needs a pad token; got a tokenizer without. Set pad_token in tokenizer_config.json ' +
        '(the eos token will do), or encode the texts one by one.',
    )
  }
  return {
    inputIds: rows.map((row) => pad(row, padTokenId ?? 0)),
    attentionMask: rows.map((row) =>
      pad(
        row.map(() => 1),
        0,
      ),
    ),
  }
}

function optionError(name: string, rule: string, got: unknown): TokenizerError {
  return new TokenizerError(
    'ERR_TOKENIZER_OPTION',
    `call: ${name} must be ${rule}; got ${show(got)}.`,
  )
}
