import { BatchEncoding, type EncodedData } from './batch-encoding.ts'
import type { EncodeInput } from './batch-inputs.ts'
import type { CallStrategies, PaddingSide } from './call-options.ts'
import type { Encoding } from './encoding.ts'
import { TokenizerError } from './errors.ts'
import type { Pipeline } from './pipeline.ts'
import type { Overflow } from './truncation.ts'

/** How one batch is encoded; everything settled. */
export interface BatchSettings {
  readonly strategies: CallStrategies
  readonly addSpecialTokens: boolean
  readonly splitSpecialTokens: boolean
  readonly stride: number
  readonly truncationSide: PaddingSide
  readonly overflow: Overflow
  readonly pad: { readonly id: number; readonly token: string; readonly typeId: number }
  readonly returns: {
    readonly attentionMask: boolean
    readonly tokenTypeIds: boolean
    readonly overflowingTokens: boolean
    readonly specialTokensMask: boolean
    readonly offsetsMapping: boolean
    readonly length: boolean
  }
}

/** Encodes texts to rows. Rows that need only ids take the short way; the rest is made when someone asks for it. */
export function encodeBatch(
  pipeline: Pipeline,
  inputs: readonly EncodeInput[],
  settings: BatchSettings,
  where: string,
): BatchEncoding {
  const { returns, strategies, addSpecialTokens } = settings
  if (strategies.truncation && addSpecialTokens) {
    requireRoom(pipeline, inputs, strategies.maxLength!, where)
  }
  const needsAll =
    returns.tokenTypeIds ||
    returns.overflowingTokens ||
    settings.overflow === 'all' ||
    returns.specialTokensMask ||
    returns.offsetsMapping
  const isPlain = inputs.every(({ text, pair }) => typeof text === 'string' && pair === undefined)
  if (needsAll || !isPlain) {
    return fullBatch(encodeAll(pipeline, inputs, settings), settings)
  }
  return idBatch(pipeline, inputs, settings)
}

function encodeAll(
  pipeline: Pipeline,
  inputs: readonly EncodeInput[],
  settings: BatchSettings,
): Encoding[] {
  const { strategies, addSpecialTokens, splitSpecialTokens, pad } = settings
  const options = { addSpecialTokens, splitSpecialTokens, truncation: truncationOf(settings) }
  const encodings = inputs.map(({ text, pair, revealer }) =>
    pipeline.encodeFull(text, pair, { ...options, revealer }),
  )
  const width = widthOf(
    encodings.map((encoding) => encoding.length),
    strategies,
  )
  if (width > 0) {
    const direction = strategies.paddingSide
    const padding = { direction, padId: pad.id, padTypeId: pad.typeId, padToken: pad.token }
    for (const encoding of encodings) encoding.pad(width, padding)
  }
  return encodings
}

// The reference leaves such rows uncut, without a word.
function requireRoom(
  pipeline: Pipeline,
  inputs: readonly EncodeInput[],
  maxLength: number,
  where: string,
): void {
  const added = inputs.reduce(
    (most, { pair }) => Math.max(most, pipeline.numSpecialTokensToAdd(pair !== undefined)),
    0,
  )
  if (maxLength >= added) return
  throw new TokenizerError(
    'ERR_TOKENIZER_OPTION',
    `${where}: maxLength must leave room for the special tokens, ${added} here; got ${maxLength}.`,
  )
}

function truncationOf({ strategies, stride, truncationSide, overflow }: BatchSettings) {
  const { truncation: strategy, maxLength } = strategies
  return (
    strategy && { maxLength: maxLength!, stride, strategy, direction: truncationSide, overflow }
  )
}

/** Tokens that each row is padded to; 0 for no padding. */
function widthOf(
  lengths: readonly number[],
  { padding, maxLength = 0, padToMultipleOf = 1 }: CallStrategies,
): number {
  if (padding === undefined) return 0
  const longest = () => lengths.reduce((most, length) => Math.max(most, length), 0)
  const width = padding === 'longest' ? longest() : maxLength
  return Math.ceil(width / padToMultipleOf) * padToMultipleOf
}

function fullBatch(texts: readonly Encoding[], { returns }: BatchSettings): BatchEncoding {
  const parts = texts.map((text) =>
    returns.overflowingTokens ? [text, ...text.overflowing] : [text],
  )
  const rows = parts.flat()
  const data: EncodedData = { inputIds: rows.map((row) => [...row.ids]) }
  if (returns.tokenTypeIds) data.tokenTypeIds = rows.map((row) => [...row.typeIds])
  if (returns.attentionMask) data.attentionMask = rows.map((row) => [...row.attentionMask])
  if (returns.specialTokensMask) {
    data.specialTokensMask = rows.map((row) => [...row.specialTokensMask])
  }
  if (returns.offsetsMapping) {
    data.offsetMapping = rows.map((row) => [...row.offsets])
    data.utf16OffsetMapping = rows.map((row) => [...row.utf16Offsets])
  }
  if (returns.length) data.length = rows.map((row) => row.length)
  if (returns.overflowingTokens) {
    data.overflowToSampleMapping = parts.flatMap((part, i) => part.map(() => i))
  }
  return new BatchEncoding(data, rows)
}

function idBatch(
  pipeline: Pipeline,
  inputs: readonly EncodeInput[],
  settings: BatchSettings,
): BatchEncoding {
  const { strategies, addSpecialTokens, splitSpecialTokens, returns, pad } = settings
  const truncation = truncationOf(settings)
  const rows = inputs.map(({ text, revealer }) =>
    pipeline.encodeIds(text as string, undefined, {
      addSpecialTokens,
      splitSpecialTokens,
      truncation,
      revealer,
    }),
  )
  const width = widthOf(
    rows.map((row) => row.length),
    strategies,
  )
  const left = strategies.paddingSide === 'left'
  const fill = (row: number[], by: number): number[] => {
    if (row.length >= width) return row
    const missing = new Array<number>(width - row.length).fill(by)
    return left ? [...missing, ...row] : row.concat(missing)
  }
  const data: EncodedData = { inputIds: rows.map((row) => fill(row, pad.id)) }
  if (returns.attentionMask) {
    data.attentionMask = rows.map((row) => fill(new Array<number>(row.length).fill(1), 0))
  }
  if (returns.length) data.length = data.inputIds.map((row) => row.length)
  // Offsets and words cost a second encoding, which must be of the same tokens.
  const encodings = () => {
    const made = encodeAll(pipeline, inputs, settings)
    made.forEach((encoding, i) => {
      const ids = data.inputIds[i]!
      if (encoding.length === ids.length && encoding.ids.every((id, k) => id === ids[k])) return
      throw new TokenizerError(
        'ERR_TOKENIZER_INPUT',
        `BatchEncoding: encodings must be read before ids or the tokenizer change; got other ids for text ${i}.`,
      )
    })
    return made
  }
  return new BatchEncoding(data, encodings)
}
