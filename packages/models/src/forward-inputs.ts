import type { CausalLMInputs } from '@heddle/nn'
import {
  type DType,
  DTypeError,
  HeddleError,
  OptionError,
  ShapeError,
  type Tensor,
} from '@heddle/tensor'

/** What the arguments of a forward pass amount to. */
export interface CheckedInputs {
  readonly batch: number
  readonly tokens: number
  readonly logitsToKeep: number
  readonly sequenceLength: number
}

const maskDTypes: readonly DType[] = ['i32', 'u8', 'bool', 'i64']

/**
 * Checks the arguments of a forward pass against each other, `past` cached tokens and the position
 * table, if the model has one. Values on the device (ids, positions) are checked natively.
 */
export function checkInputs(
  inputs: CausalLMInputs<unknown>,
  past: number,
  maxPositions: number | undefined,
): CheckedInputs {
  const { inputIds, attentionMask, starts, positionIds } = inputs
  const [batch, tokens] = inputIds.shape
  if (inputIds.rank !== 2 || batch === 0 || tokens === 0) {
    throw new ShapeError(
      `forward: inputIds must have shape [B, T] with at least one row and one token; ` +
        `got ${show(inputIds)}. Start an empty prompt with the bos token.`,
    )
  }
  requireDType('inputIds', inputIds, ['i32'])
  const total = past + tokens!
  if (attentionMask !== undefined) {
    requireShape('attentionMask', attentionMask, [batch!, total])
    requireDType('attentionMask', attentionMask, maskDTypes)
  }
  if (starts !== undefined) {
    requireShape('starts', starts, [batch!])
    requireDType('starts', starts, ['i32'])
    if (attentionMask !== undefined) {
      throw new OptionError(
        'forward: only one of attentionMask and starts may be given; got both. ' +
          'starts is the short form for padding on the left.',
      )
    }
  }
  if (positionIds !== undefined) {
    requireShape('positionIds', positionIds, [batch!, tokens!])
    requireDType('positionIds', positionIds, ['i32'])
  } else if (maxPositions !== undefined && total > maxPositions) {
    throw new HeddleError(
      'ERR_INDEX',
      `forward: the sequence must have at most maxPositionEmbeddings (${maxPositions}) tokens; ` +
        `got ${total}. The model has no positions beyond; shorten the prompt.`,
    )
  }
  return {
    batch: batch!,
    tokens: tokens!,
    logitsToKeep: requireCount('logitsToKeep', inputs.logitsToKeep ?? 0, -1),
    sequenceLength: requireCount('sequenceLength', inputs.sequenceLength ?? total, total),
  }
}

function requireShape(name: string, tensor: Tensor, shape: readonly number[]): void {
  if (tensor.rank === shape.length && shape.every((n, axis) => n === tensor.shape[axis])) return
  throw new ShapeError(
    `forward: ${name} must have shape [${shape.join(', ')}]; got ${show(tensor)}. ` +
      'It covers the batch, and for a mask also the tokens in the cache.',
  )
}

function requireDType(name: string, tensor: Tensor, allowed: readonly DType[]): void {
  if (allowed.includes(tensor.dtype)) return
  throw new DTypeError(`forward: ${name} must be ${allowed.join(', ')}; got ${tensor.dtype}.`)
}

function requireCount(name: string, value: number, min: number): number {
  if (Number.isInteger(value) && value >= min) return value
  throw new OptionError(`forward: ${name} must be an integer of at least ${min}; got ${value}.`)
}

function show(tensor: Tensor): string {
  return `[${tensor.shape.join(', ')}]`
}
