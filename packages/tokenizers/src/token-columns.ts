// The tokens of one or more texts, a column for each thing that is known of them. Columns are never changed once
// made, so parts may share them; what a step changes it makes anew.

/** The columns of a row of tokens; all have the same number of entries, `spans` and `points` two for each token. */
export interface ColumnValues {
  readonly ids: readonly number[]
  readonly typeIds: readonly number[]
  /** The index of the word a token is from; -1 for none. */
  readonly words: readonly number[]
  readonly special: readonly number[]
  readonly attention: readonly number[]
  /** Start and end in the text the token is from, in UTF-16 units. */
  readonly spans: readonly number[]
  /** The same in code points; the same list where the text has no character outside the basic plane. */
  readonly points: readonly number[]
  /** Tokens that are not written as the vocabulary has them; undefined when all are. */
  readonly written: readonly (string | undefined)[] | undefined
}

/** First and last token, exclusive, of each text by its index. */
export type SequenceRanges = ReadonlyMap<number, readonly [start: number, end: number]>

const noRanges: SequenceRanges = new Map()

/** A row of tokens and the rows that were cut off it. */
export class TokenColumns {
  readonly values: ColumnValues
  readonly ranges: SequenceRanges
  /** The text, or its words, that the spans point into; undefined once several texts are joined. */
  readonly text: string | readonly string[] | undefined
  #overflowing: readonly TokenColumns[] | (() => readonly TokenColumns[])

  constructor(
    values: ColumnValues,
    {
      ranges = noRanges,
      text,
      overflowing = [],
    }: {
      ranges?: SequenceRanges | undefined
      text?: string | readonly string[] | undefined
      overflowing?: readonly TokenColumns[] | (() => readonly TokenColumns[]) | undefined
    } = {},
  ) {
    this.values = values
    this.ranges = ranges
    this.text = text
    this.#overflowing = overflowing
  }

  get length(): number {
    return this.values.ids.length
  }

  /** What was cut off. Pairs of texts that were both cut have a part for each combination: made when asked for. */
  get overflowing(): readonly TokenColumns[] {
    if (typeof this.#overflowing === 'function') this.#overflowing = this.#overflowing()
    return this.#overflowing
  }

  /** False when it is certain that nothing was cut off. */
  get mayOverflow(): boolean {
    return typeof this.#overflowing === 'function' || this.#overflowing.length > 0
  }

  /** The same row with other values, and `change` made to all that was cut off. */
  with(
    changes: Partial<ColumnValues> & { ranges?: SequenceRanges },
    change?: (part: TokenColumns) => TokenColumns,
  ): TokenColumns {
    const { ranges = this.ranges, ...values } = changes
    const parts = (): readonly TokenColumns[] =>
      change ? this.overflowing.map((part) => change(part)) : this.overflowing
    return new TokenColumns(
      { ...this.values, ...values },
      { ranges, text: this.text, overflowing: this.mayOverflow ? parts : [] },
    )
  }

  /** The same row with `parts` as what was cut off it. */
  overflowingInto(parts: readonly TokenColumns[] | (() => readonly TokenColumns[])): TokenColumns {
    return new TokenColumns(this.values, {
      ranges: this.ranges,
      text: this.text,
      overflowing: parts,
    })
  }

  /** The same row as the text number `sequence`. */
  asSequence(sequence: number): TokenColumns {
    const ranges = new Map(this.ranges).set(sequence, [0, this.length])
    return this.with({ ranges })
  }

  /** The tokens [start, end), without what was cut off and without ranges. */
  slice(start: number, end: number): TokenColumns {
    const { values } = this
    const spans = values.spans.slice(2 * start, 2 * end)
    return new TokenColumns(
      {
        ids: values.ids.slice(start, end),
        typeIds: values.typeIds.slice(start, end),
        words: values.words.slice(start, end),
        special: values.special.slice(start, end),
        attention: values.attention.slice(start, end),
        spans,
        points: values.points === values.spans ? spans : values.points.slice(2 * start, 2 * end),
        written: values.written?.slice(start, end),
      },
      { text: this.text },
    )
  }
}

/** A list with `size` times `value`. */
export function repeated(size: number, value: number): number[] {
  return new Array<number>(size).fill(value)
}

/** Tokens that belong to no text, such as those a template adds. */
export function specialColumns(
  ids: readonly number[],
  tokens: readonly (string | undefined)[],
  typeId: number,
): TokenColumns {
  const size = ids.length
  const spans = repeated(2 * size, 0)
  return new TokenColumns({
    ids,
    typeIds: repeated(size, typeId),
    words: repeated(size, -1),
    special: repeated(size, 1),
    attention: repeated(size, 1),
    spans,
    points: spans,
    written: tokens,
  })
}

/** Ids of a text, of which nothing else is known. */
export function textColumns(ids: readonly number[], typeId: number): TokenColumns {
  const row = specialColumns(ids, [], typeId)
  return row.with({ special: repeated(ids.length, 0), written: undefined })
}

/** Rows laid one after another, and the combinations of what was cut off them. */
export function joinColumns(rows: readonly TokenColumns[], growing = false): TokenColumns {
  if (rows.length === 1) return rows[0]!
  const column = (key: 'ids' | 'typeIds' | 'words' | 'special' | 'attention'): number[] =>
    laidOut(rows.map((row) => row.values[key]))
  const values = {
    ids: column('ids'),
    typeIds: column('typeIds'),
    words: column('words'),
    special: column('special'),
    attention: column('attention'),
    ...joinSpans(rows, growing),
    written: rows.some((row) => row.values.written)
      ? laidOut(rows.map((row) => row.values.written ?? new Array<undefined>(row.length)))
      : undefined,
  }
  const ranges = new Map<number, readonly [number, number]>()
  let before = 0
  for (const row of rows) {
    for (const [sequence, [start, end]] of row.ranges) {
      ranges.set(sequence, [before + start, before + end])
    }
    before += row.length
  }
  const overflows = rows.some((row) => row.mayOverflow)
  return new TokenColumns(values, {
    ranges,
    overflowing: overflows ? () => combineOverflowing(rows, growing) : [],
  })
}

// One concat for all lists: flatMap takes ten times as long.
const laidOut = <Item>(lists: readonly (readonly Item[])[]): Item[] =>
  ([] as Item[]).concat(...lists)

function joinSpans(
  rows: readonly TokenColumns[],
  growing: boolean,
): { spans: readonly number[]; points: readonly number[] } {
  const join = (key: 'spans' | 'points'): number[] => {
    const lists = rows.map((row) => row.values[key])
    if (!growing) return laidOut(lists)
    const joined: number[] = []
    for (const list of lists) {
      const shift = joined.at(-1) ?? 0
      for (const position of list) joined.push(position + shift)
    }
    return joined
  }
  const spans = join('spans')
  const same = rows.every(({ values }) => values.points === values.spans)
  return { spans, points: same ? spans : join('points') }
}

// The order of the reference, which joins from left to right: each part of the left with the right and the parts of
// the right, then the left with the parts of the right.
function combineOverflowing(rows: readonly TokenColumns[], growing: boolean): TokenColumns[] {
  const right = rows.at(-1)!
  const left = joinColumns(rows.slice(0, -1), growing)
  const result: TokenColumns[] = []
  for (const part of left.overflowing) {
    result.push(joinColumns([part, right], growing))
    for (const other of right.overflowing) result.push(joinColumns([part, other], growing))
  }
  for (const other of right.overflowing) result.push(joinColumns([left, other], growing))
  return result
}
