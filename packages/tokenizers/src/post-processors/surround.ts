import { repeated, type TokenColumns } from '../token-columns.ts'

/** A token of a post-processor: as it is written, and its id. */
export type NamedToken = readonly [token: string, id: number]

/** Tokens put before and after a row, and around each part that was cut off it. */
export function surround(
  row: TokenColumns,
  before: NamedToken | undefined,
  after: NamedToken,
  { sequence, typeId, typeOfParts }: { sequence: number; typeId: number; typeOfParts?: number },
): TokenColumns {
  const one = ({ values, length }: TokenColumns, typeIds: readonly number[]) => {
    const first = before ? 1 : 0
    const around = (list: readonly number[], by: number): number[] =>
      before ? [by, ...list, by] : [...list, by]
    const spans = before ? [0, 0, ...values.spans, 0, 0] : [...values.spans, 0, 0]
    const written = values.written ?? new Array<undefined>(length).fill(undefined)
    return {
      ids: before ? [before[1], ...values.ids, after[1]] : [...values.ids, after[1]],
      typeIds: around(typeIds, typeId),
      words: around(values.words, -1),
      special: around(repeated(length, 0), 1),
      attention: repeated(length + first + 1, 1),
      spans,
      points:
        values.points === values.spans
          ? spans
          : before
            ? [0, 0, ...values.points, 0, 0]
            : [...values.points, 0, 0],
      written: before ? [before[0], ...written, after[0]] : [...written, after[0]],
      ranges: new Map([[sequence, [first, first + length] as const]]),
    }
  }
  return row.with(one(row, row.values.typeIds), (part) => {
    const types =
      typeOfParts === undefined ? part.values.typeIds : repeated(part.length, typeOfParts)
    return part.with(one(part, types)).overflowingInto([])
  })
}
