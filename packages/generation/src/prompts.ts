import { OptionError } from '@heddle/tensor'
import { show } from './option-rules.ts'

/** One row of token ids. */
export type TokenIds = readonly number[] | Int32Array

/** What can be continued: one row, several rows, or padded rows with their mask. */
export type GenerateInputs =
  | TokenIds
  | readonly TokenIds[]
  | {
      readonly inputIds: TokenIds | readonly TokenIds[]
      /** 1 for tokens, 0 for padding on the left. */
      readonly attentionMask?: TokenIds | readonly TokenIds[] | null
    }

/** Rows of one length, padded on the left. */
export interface Prompt {
  /** Number of rows. */
  readonly rows: number
  /** Tokens of each row, padding included. */
  readonly length: number
  /** [rows, length], row after row. */
  readonly ids: Int32Array
  /** The column of each row's first token. */
  readonly starts: Int32Array
}

interface PromptRules {
  readonly vocabSize: number
  readonly padTokenId: number | undefined
  readonly eosTokenIds: readonly number[]
}

/** Checks the inputs of a call and pads their rows on the left. */
export function preparePrompt(inputs: GenerateInputs, rules: PromptRules): Prompt {
  const { ids, mask } = splitInputs(inputs)
  if (ids.length === 0) throw emptyPrompt('no rows')
  const starts = mask === undefined ? startsWithoutMask(ids, rules) : startsFromMask(ids, mask)
  const length = Math.max(...ids.map((row) => row.length))
  const flat = new Int32Array(ids.length * length)
  ids.forEach((row, b) => {
    const start = starts[b] as number
    if (start >= length) throw emptyPrompt(ids.length === 1 ? 'an empty one' : `row ${b} empty`)
    const shift = length - row.length
    for (let t = 0; t < length; t++) {
      // Padding keeps the id it came with; what pads uneven rows may be any id, nothing reads it.
      const id = t >= shift ? (row[t - shift] as number) : (rules.padTokenId ?? 0)
      if (!Number.isInteger(id) || id < 0 || id >= rules.vocabSize) {
        throw new OptionError(
          `generate: token ids must be integers from 0 to ${rules.vocabSize - 1} (the model's ` +
            `vocabSize is ${rules.vocabSize}); got ${show(id)} at row ${b}, column ${t - shift}. ` +
            'Is the tokenizer the one of this model?',
        )
      }
      flat[b * length + t] = id
    }
  })
  return { rows: ids.length, length, ids: flat, starts }
}

function splitInputs(inputs: GenerateInputs): { ids: TokenIds[]; mask: TokenIds[] | undefined } {
  if (typeof inputs === 'object' && inputs !== null && 'inputIds' in inputs) {
    const extra = Object.keys(inputs).find((key) => key !== 'inputIds' && key !== 'attentionMask')
    if (extra !== undefined) {
      throw new OptionError(
        `generate: inputs may hold inputIds and attentionMask; got ${show(extra)} too. ` +
          'Pass options as the third argument.',
      )
    }
    const mask = inputs.attentionMask ?? undefined
    return {
      ids: toRows(inputs.inputIds, 'inputIds'),
      mask: mask === undefined ? undefined : toRows(mask, 'attentionMask'),
    }
  }
  return { ids: toRows(inputs as TokenIds | readonly TokenIds[], 'inputs'), mask: undefined }
}

function toRows(value: TokenIds | readonly TokenIds[], name: string): TokenIds[] {
  const isRow = (entry: unknown): entry is TokenIds =>
    Array.isArray(entry) || entry instanceof Int32Array
  if (!isRow(value)) {
    throw new OptionError(
      `generate: ${name} must be token ids (number[], Int32Array or one of these per row); ` +
        `got ${show(value)}.${typeof value === 'string' ? ' Encode text with the tokenizer.' : ''}`,
    )
  }
  if (value instanceof Int32Array) return [value]
  const nested = value.filter(isRow).length
  if (nested === 0) return [value as readonly number[]]
  if (nested === value.length) return (value as readonly unknown[]).filter(isRow)
  throw new OptionError(`generate: ${name} must be one row or a list of rows; got a mixture.`)
}

function startsWithoutMask(ids: readonly TokenIds[], rules: PromptRules): Int32Array {
  const { padTokenId, eosTokenIds } = rules
  const length = Math.max(...ids.map((row) => row.length))
  const uneven = ids.some((row) => row.length !== length)
  if (uneven && padTokenId === undefined) {
    throw new OptionError(
      'generate: rows of different lengths are padded with padTokenId; got none from the call ' +
        'or the model. Pass padTokenId.',
    )
  }
  // As Transformers does: a pad token that cannot be an end token marks padding. Among other tokens
  // it is a token; at the end of a row it is what padding on the wrong side looks like.
  const marks = padTokenId !== undefined && !eosTokenIds.includes(padTokenId)
  return Int32Array.from(ids, (row, b) => {
    let start = 0
    if (marks) {
      while (start < row.length && row[start] === padTokenId) start++
      if (start < row.length && row.at(-1) === padTokenId) {
        throw new OptionError(
          `generate: padding must be on the left; got row ${b} with padTokenId (${padTokenId}) at ` +
            'its end. Pad on the left, or pass an attentionMask that says it is a token.',
        )
      }
    }
    return length - row.length + start
  })
}

function startsFromMask(ids: readonly TokenIds[], mask: readonly TokenIds[]): Int32Array {
  const length = (ids[0] as TokenIds).length
  if (mask.length !== ids.length) {
    throw new OptionError(
      `generate: attentionMask must have one row for each row of inputIds (${ids.length}); ` +
        `got ${mask.length}.`,
    )
  }
  return Int32Array.from(mask, (row, b) => {
    const width = (ids[b] as TokenIds).length
    if (width !== length || row.length !== length) {
      throw new OptionError(
        `generate: with an attentionMask all rows must have one length (${length}); got ` +
          `${width} ids and ${row.length} mask entries in row ${b}.`,
      )
    }
    let start = -1
    for (let t = 0; t < length; t++) {
      const bit = Number(row[t])
      if (bit !== 0 && bit !== 1) {
        throw new OptionError(
          `generate: attentionMask must hold 0 and 1; got ${show(row[t])} at row ${b}, ` +
            `column ${t}.`,
        )
      }
      if (bit === 1 && start < 0) start = t
      if (bit === 0 && start >= 0) {
        throw new OptionError(
          `generate: attentionMask may have zeros only on the left; got one at row ${b}, column ` +
            `${t}, after a token. Pad on the left (paddingSide: 'left').`,
        )
      }
    }
    return start < 0 ? length : start
  })
}

function emptyPrompt(what: string): OptionError {
  return new OptionError(
    `generate: a prompt must hold at least one token; got ${what}. Pass at least one token: a ` +
      'tokenizer without a begin token encodes empty text to nothing.',
  )
}
