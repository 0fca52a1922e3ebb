import { TokenizerError } from './errors.ts'
import { asId, asObject, asString, field, malformed } from './json.ts'
import { repeated, type TokenColumns } from './token-columns.ts'
import {
  optionError,
  readLength,
  readSide,
  readSideJSON,
  sideJSON,
  type Side,
} from './truncation.ts'

/** How rows are brought to one length. */
export interface Padding {
  /** The length of all rows; undefined for that of the longest. */
  readonly length: number | undefined
  readonly direction: Side
  readonly padToMultipleOf: number | undefined
  readonly padId: number
  readonly padTypeId: number
  readonly padToken: string
}

/** Padding as callers give it; everything has a default. */
export type PaddingOptions = { readonly [Key in keyof Padding]?: Padding[Key] | undefined }

const MAX_LENGTH = 2 ** 24

/** Checks padding options. */
export function readPadding(options: PaddingOptions, where = 'padding'): Padding {
  const { length, direction = 'right', padToMultipleOf } = options
  const { padId = 0, padTypeId = 0, padToken = '[PAD]' } = options
  if (typeof padToken !== 'string') throw optionError(`${where}.padToken`, 'a string', padToken)
  return {
    length: length === undefined ? undefined : readLength(length, `${where}.length`),
    direction: readSide(direction, `${where}.direction`),
    padToMultipleOf:
      padToMultipleOf === undefined
        ? undefined
        : readLength(padToMultipleOf, `${where}.padToMultipleOf`),
    padId: asId(padId, `${where}.padId`),
    padTypeId: asId(padTypeId, `${where}.padTypeId`),
    padToken,
  }
}

/** Reads the `padding` of a tokenizer.json. */
export function readPaddingJSON(value: unknown, where: string): Padding | undefined {
  if (value === undefined || value === null) return undefined
  const object = asObject(value, where)
  const strategy = field(object, 'strategy')
  const multiple = field(object, 'pad_to_multiple_of') ?? undefined
  return {
    length: strategy === 'BatchLongest' ? undefined : readFixed(strategy, `${where}.strategy`),
    direction: readSideJSON(field(object, 'direction'), `${where}.direction`),
    padToMultipleOf:
      multiple === undefined ? undefined : readLength(multiple, `${where}.pad_to_multiple_of`),
    padId: asId(field(object, 'pad_id'), `${where}.pad_id`),
    padTypeId: asId(field(object, 'pad_type_id'), `${where}.pad_type_id`),
    padToken: asString(field(object, 'pad_token'), `${where}.pad_token`),
  }
}

function readFixed(strategy: unknown, where: string): number {
  if (typeof strategy !== 'object' || strategy === null || Array.isArray(strategy)) {
    throw malformed(where, '"BatchLongest" or {"Fixed": length}', strategy)
  }
  return readLength(field(asObject(strategy, where), 'Fixed'), `${where}.Fixed`)
}

/** The `padding` of a tokenizer.json. */
export function paddingJSON(padding: Padding | undefined): unknown {
  if (!padding) return null
  const { length } = padding
  return {
    strategy: length === undefined ? 'BatchLongest' : { Fixed: length },
    direction: sideJSON(padding.direction),
    pad_to_multiple_of: padding.padToMultipleOf ?? null,
    pad_id: padding.padId,
    pad_type_id: padding.padTypeId,
    pad_token: padding.padToken,
  }
}

/** Brings rows, and what was cut off them, to one length. Longer rows stay as they are. */
export function padRows(rows: readonly TokenColumns[], padding: Padding): readonly TokenColumns[] {
  const { padToMultipleOf: multiple = 0 } = padding
  let length = padding.length ?? rows.reduce((longest, row) => Math.max(longest, row.length), 0)
  if (multiple > 0) length = Math.ceil(length / multiple) * multiple
  return rows.map((row) => padColumns(row, length, padding))
}

/** Brings one row, and what was cut off it, to a length. */
export function padColumns(row: TokenColumns, length: number, padding: Padding): TokenColumns {
  if (!(length <= MAX_LENGTH)) {
    throw new TokenizerError(
      'ERR_TOKENIZER_LIMIT',
      `padding: rows may be padded to ${MAX_LENGTH} tokens at most; got ${length}.`,
    )
  }
  const missing = Math.max(0, length - row.length)
  const { values } = row
  const isLeft = padding.direction === 'left'
  const fill = (list: readonly number[], by: number, size = missing): number[] => {
    const added = repeated(size, by)
    return isLeft ? added.concat(list) : list.concat(added)
  }
  const spans = fill(values.spans, 0, 2 * missing)
  const tokens = new Array<string | undefined>(missing).fill(padding.padToken)
  const written = values.written ?? new Array<undefined>(row.length).fill(undefined)
  const shift = isLeft ? missing : 0
  const change = (part: TokenColumns): TokenColumns => padColumns(part, length, padding)
  if (missing === 0) return row.mayOverflow ? row.with({}, change) : row
  return row.with(
    {
      ids: fill(values.ids, padding.padId),
      typeIds: fill(values.typeIds, padding.padTypeId),
      words: fill(values.words, -1),
      special: fill(values.special, 1),
      attention: fill(values.attention, 0),
      spans,
      points: values.points === values.spans ? spans : fill(values.points, 0, 2 * missing),
      written: isLeft ? [...tokens, ...written] : [...written, ...tokens],
      ranges: new Map(
        [...row.ranges].map(([sequence, [start, end]]) => [sequence, [start + shift, end + shift]]),
      ),
    },
    change,
  )
}
