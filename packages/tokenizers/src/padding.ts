import { BatchEncoding } from './batch-encoding.ts'
import {
  optionError,
  strategiesOf,
  type CallDefaults,
  type PaddingSide,
  type PaddingStrategy,
} from './call-options.ts'
import { show, TokenizerError } from './errors.ts'

/** Options of `Tokenizer.pad`. */
export interface PadOptions {
  /** true or 'longest': to the longest row; 'max_length': to `maxLength`. True by default. */
  padding?: PaddingStrategy | undefined
  maxLength?: number | undefined
  padToMultipleOf?: number | undefined
  paddingSide?: PaddingSide | undefined
  /** Add an attention mask where there is none. By default if the model takes one. */
  returnAttentionMask?: boolean | undefined
  verbose?: boolean | undefined
}

/** One encoded row; keys beside these are kept as they are. */
export interface EncodedRow {
  inputIds: number[]
  attentionMask?: number[]
  tokenTypeIds?: number[]
  specialTokensMask?: number[]
  [key: string]: unknown
}

/** Encoded rows, by what they hold. */
export interface EncodedRows {
  inputIds: number[][]
  attentionMask?: number[][]
  tokenTypeIds?: number[][]
  specialTokensMask?: number[][]
  [key: string]: unknown
}

interface PadDefaults extends CallDefaults {
  readonly padTokenTypeId: number
  readonly modelInputNames: readonly string[]
}

const optionNames = [
  'padding',
  'maxLength',
  'padToMultipleOf',
  'paddingSide',
  'returnAttentionMask',
  'verbose',
]

/** Pads encoded rows to one length, as Transformers' `pad` does. */
export function padEncoded(
  encoded: EncodedRow | EncodedRows | readonly EncodedRow[] | BatchEncoding,
  options: PadOptions,
  defaults: PadDefaults,
  warn: (message: string) => void,
): EncodedRow | EncodedRows {
  for (const key of Object.keys(options)) {
    if (!optionNames.includes(key)) throw optionError('pad', key, 'an option of pad', key)
  }
  const { padding = true, maxLength, padToMultipleOf, paddingSide, returnAttentionMask } = options
  const given = gather(encoded)
  if (given.inputIds.length === 0) {
    return returnAttentionMask ? { ...given, attentionMask: [] } : given
  }
  const strategies = strategiesOf(
    { padding, maxLength, padToMultipleOf, paddingSide, truncation: false },
    defaults,
    'pad',
  )
  if (strategies.warning) warn(strategies.warning)
  const rows = (isRows(given) ? given.inputIds : [given.inputIds]) as number[][]
  let width = strategies.maxLength ?? 0
  if (strategies.padding === 'longest') {
    width = rows.reduce((longest, row) => Math.max(longest, row.length), 0)
  }
  const multiple = padToMultipleOf ?? 1
  width = strategies.padding === undefined ? 0 : Math.ceil(width / multiple) * multiple
  const left = strategies.paddingSide === 'left'
  const fill = (row: readonly number[], by: number, length: number): number[] => {
    const missing = new Array<number>(Math.max(0, width - length)).fill(by)
    return left ? [...missing, ...row] : [...row, ...missing]
  }
  const column = (key: string, by: number): number[][] | undefined => {
    const value = given[key]
    if (value === undefined) return undefined
    const list = (isRows(given) ? value : [value]) as number[][]
    return list.map((row, i) => fill(row, by, rows[i]!.length))
  }
  const withMask = returnAttentionMask ?? defaults.modelInputNames.includes('attention_mask')
  const mask = column('attentionMask', 0)
  const ones = () => rows.map((row) => fill(new Array<number>(row.length).fill(1), 0, row.length))
  const columns = {
    inputIds: rows.map((row) => fill(row, defaults.padTokenId ?? 0, row.length)),
    attentionMask: mask ?? (withMask ? ones() : undefined),
    tokenTypeIds: column('tokenTypeIds', defaults.padTokenTypeId),
    specialTokensMask: column('specialTokensMask', 1),
  }
  const present = Object.entries(columns).filter(([, value]) => value !== undefined)
  const padded = present.map(([key, value]) => [key, isRows(given) ? value : value![0]])
  return { ...given, ...Object.fromEntries(padded) }
}

const isRows = (encoded: EncodedRow | EncodedRows): encoded is EncodedRows =>
  Array.isArray(encoded.inputIds[0])

/** A list of rows as one object of lists; checks what will be padded. */
function gather(encoded: unknown): EncodedRow | EncodedRows {
  let given = encoded instanceof BatchEncoding ? { ...encoded.data } : encoded
  if (Array.isArray(given)) {
    const rows = given.map((row, i) => requireObject(row, `encoded[${i}]`))
    const keys = Object.keys(rows[0] ?? { inputIds: [] })
    given = Object.fromEntries(keys.map((key) => [key, rows.map((row) => row[key])]))
  }
  const object = requireObject(given, 'encoded')
  const { inputIds } = object
  if (!Array.isArray(inputIds)) throw padError('encoded.inputIds', 'a list', inputIds)
  const isBatch = Array.isArray(inputIds[0])
  const lists = isBatch ? inputIds : [inputIds]
  for (const key of ['inputIds', 'attentionMask', 'tokenTypeIds', 'specialTokensMask']) {
    const value = object[key]
    if (value === undefined) continue
    const rows: unknown = isBatch ? value : [value]
    if (!Array.isArray(rows) || rows.length !== lists.length) {
      throw padError(`encoded.${key}`, `${lists.length} rows`, value)
    }
    rows.forEach((row: unknown, i) => {
      const at = `encoded.${key}${isBatch ? `[${i}]` : ''}`
      if (!Array.isArray(row) || !row.every((item) => Number.isInteger(item))) {
        throw padError(at, 'a list of whole numbers', row)
      }
      if (row.length !== (lists[i] as unknown[]).length) {
        throw padError(at, 'as long as its inputIds', row)
      }
    })
  }
  return object as EncodedRow | EncodedRows
}

function requireObject(value: unknown, at: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw padError(at, 'an object with inputIds', value)
}

function padError(at: string, rule: string, got: unknown): TokenizerError {
  return new TokenizerError('ERR_TOKENIZER_INPUT', `pad: ${at} must be ${rule}; got ${show(got)}.`)
}
