import type { Command } from './generated/commands.ts'
import { dtypeCode } from './dtype.ts'
import { recordSite } from './debug.ts'
import { HeddleError, ShapeError } from './errors.ts'
import { currentGroup } from './group.ts'
import {
  commit,
  epoch,
  floats,
  flush,
  isRecording,
  opcodeOf,
  openFence,
  record,
  reserve,
  words,
} from './stream.ts'
import type { Storage } from './storage.ts'
import type { Tensor } from './tensor.ts'

// Writes commands in the format of native/crates/runtime/src/command.rs.

const FREE = 1
const ADOPT = 2
const INLINE = 3
const READ = 4
const SYNC = 5
const EVENT_RECORD = 6
const EVENT_WAIT = 7
const EXPORT = 8
const IMPORT = 9
const GROUP_END = 10
const PROGRAM = 11
const REPLAY = 12
const PROGRAM_FREE = 13

const bits = new DataView(new ArrayBuffer(8))

/** Writes the parameters of a command, in the order in which the native side reads them. */
export class ParameterWriter {
  at = 0

  u32(value: number): this {
    words[this.at++] = value
    return this
  }

  i32(value: number): this {
    words[this.at++] = value
    return this
  }

  f32(value: number): this {
    floats[this.at++] = value
    return this
  }

  bool(value: boolean): this {
    words[this.at++] = value ? 1 : 0
    return this
  }

  /** Any integer from 0 to 2^53. */
  u64(value: number): this {
    words[this.at++] = value % 2 ** 32
    words[this.at++] = Math.floor(value / 2 ** 32)
    return this
  }

  f64(value: number): this {
    bits.setFloat64(0, value, true)
    words[this.at++] = bits.getUint32(0, true)
    words[this.at++] = bits.getUint32(4, true)
    return this
  }

  /** A list of 32-bit integers, preceded by nothing: the native side reads the rest of the command. */
  list(values: ArrayLike<number>): this {
    for (let i = 0; i < values.length; i++) words[this.at++] = values[i]!
    return this
  }
}

const writer = new ParameterWriter()
const operandWords = 5 + 16
const parameterWords = 64
const maxStride = 2 ** 31 - 1

function writeOperand(at: number, kind: number, tensor: Tensor): number {
  const { shape, strides, storage, offset } = tensor
  const rank = shape.length
  const strided = !tensor.isContiguous
  words[at] = kind | (dtypeCode[tensor.dtype] << 4) | (rank << 12) | (strided ? 1 << 16 : 0)
  words[at + 1] = storage.slot
  words[at + 2] = storage.generation
  words[at + 3] = offset % 2 ** 32
  words[at + 4] = Math.floor(offset / 2 ** 32)
  at += 5
  for (let i = 0; i < rank; i++) words[at++] = shape[i]!
  if (strided) {
    for (let i = 0; i < rank; i++) {
      const stride = shape[i]! > 1 ? strides[i]! : 0
      if (stride > maxStride) {
        throw new ShapeError(
          `tensor: strides of a view must be below 2^31; got [${strides.join(', ')}]. Clone a smaller part.`,
          'ERR_SHAPE_OVERFLOW',
        )
      }
      words[at++] = stride
    }
  }
  return at
}

const kinds: Record<string, number> = { i: 1, o: 2, x: 3 }

/**
 * Enqueues a kernel command. `kinds` has one letter per operand: `i` input, `o` output (a fresh tensor of
 * `empty()`, allocated by the command), `x` input that is written in place; an undefined operand is absent.
 * `parameters` writes scalars in the order in which the native command reads them.
 */
export function launch(
  command: Command,
  kind: string,
  operands: readonly (Tensor | undefined)[],
  parameters?: (writer: ParameterWriter) => void,
  extraWords = 0,
): void {
  try {
    write(command, kind, operands, parameters, extraWords)
  } catch (error) {
    // A disposed input, for example: the outputs are known to nobody else.
    operands.forEach((tensor, i) => kind[i] === 'o' && tensor?.dispose())
    throw error
  }
}

function write(
  command: Command,
  kind: string,
  operands: readonly (Tensor | undefined)[],
  parameters: ((writer: ParameterWriter) => void) | undefined,
  extraWords: number,
): void {
  const start = reserve(3 + operands.length * operandWords + parameterWords + extraWords)
  words[start] = opcodeOf(command)
  words[start + 1] = operands.length << 16
  words[start + 2] = currentGroup()
  let at = start + 3
  for (let i = 0; i < operands.length; i++) {
    const tensor = operands[i]
    if (tensor === undefined) words[at++] = 0
    else {
      const code = kinds[kind[i]!]!
      if (code === 3) tensor.storage.version++
      if (code === 2) made?.add(tensor.storage.slot)
      at = writeOperand(at, code, tensor)
    }
  }
  if (parameters) {
    writer.at = at
    parameters(writer)
    at = writer.at
  }
  recordSite()
  commit(start, at)
}

// Slots that the commands being recorded have made, and frees of others, which happen only once.
let made: Set<number> | undefined
let foreign: [slot: number, generation: number][] = []

/**
 * Records what `fn` enqueues and gives it to `take`, with the number of buffers from outside that it freed;
 * see `record`.
 */
export function recordCommands<T>(
  fn: () => void,
  take: (recorded: Uint32Array, freed: number) => T,
): T {
  refuseRecording('capture')
  made = new Set()
  try {
    return record(fn, (recorded) => take(recorded, foreign.length))
  } finally {
    made = undefined
    const frees = foreign
    foreign = []
    for (const [slot, generation] of frees) enqueueFree(slot, generation)
  }
}

/** Throws ERR_CAPTURE while commands are recorded: `what` is done once and cannot be replayed. */
export function refuseRecording(what: string): void {
  if (!isRecording()) return
  throw new HeddleError(
    'ERR_CAPTURE',
    `${what}: must not happen inside capture(), whose function only enqueues operations; got it there. Do it before or after.`,
  )
}

/** Starts a command of the executor's own, which has no operands and no group, with room for `need` words more. */
function begin(opcode: number, need: number): number {
  const start = reserve(3 + need)
  words[start] = opcode
  words[start + 1] = 0
  words[start + 2] = 0
  return start
}

function simple(opcode: number, ...values: number[]): void {
  const start = begin(opcode, values.length)
  for (let i = 0; i < values.length; i++) words[start + 3 + i] = values[i]!
  commit(start, start + 3 + values.length)
}

const maxFrees = 4096
let freeStart = -1
let freeEnd = -1
let freeEpoch = -1

/** Enqueues the release of a storage's memory, in stream order. Neighbouring releases share one command. */
export function enqueueFree(slot: number, generation: number): void {
  if (made !== undefined && !made.has(slot)) {
    foreign.push([slot, generation])
    return
  }
  let start = reserve(5)
  let at = start
  if (at === freeEnd && epoch() === freeEpoch && at - freeStart < maxFrees) start = freeStart
  else {
    words[start + 1] = 0
    words[start + 2] = 0
    at += 3
  }
  words[start] = FREE
  words[at] = slot
  words[at + 1] = generation
  freeStart = start
  freeEnd = at + 2
  freeEpoch = epoch() // Before commit, which may hand everything over.
  commit(start, at + 2)
}

/** Gives an uploaded or mapped payload to a storage; call `refuseRecording` before making the payload. */
export const enqueueAdopt = (storage: Storage, payload: number): void =>
  simple(ADOPT, storage.slot, storage.generation, payload)

/** Most bytes that travel inside a command instead of through an upload. */
export const inlineLimit = 4096

/** Makes a storage of a few bytes of host data that travel inside the command. */
export function enqueueInline(storage: Storage, data: Uint8Array): void {
  made?.add(storage.slot)
  const count = Math.ceil(data.length / 4)
  const start = begin(INLINE, 3 + count)
  words[start + 3] = storage.slot
  words[start + 4] = storage.generation
  words[start + 5] = data.length
  new Uint8Array(words.buffer, (start + 6) * 4, data.length).set(data)
  commit(start, start + 6 + count)
}

/** Fence that brings the bytes of a contiguous tensor. */
export function enqueueRead(tensor: Tensor): Promise<ArrayBuffer> {
  refuseRecording('data')
  const { request, promise } = openFence()
  const start = begin(READ, 1 + operandWords)
  words[start + 3] = request
  commit(start, writeOperand(start + 4, 1, tensor))
  flush()
  return promise
}

/** Fence without data: resolves when everything enqueued before it was executed. */
export function enqueueSync(): Promise<ArrayBuffer> {
  refuseRecording('synchronize')
  const { request, promise } = openFence()
  simple(SYNC, request)
  flush()
  return promise
}

export const enqueueEventRecord = (event: number): void => simple(EVENT_RECORD, event)
export const enqueueEventWait = (event: number): void => simple(EVENT_WAIT, event)
/** Makes recorded commands (a payload) a program, to be replayed by number. */
export const enqueueProgram = (program: number, payload: number): void =>
  simple(PROGRAM, program, payload)
export const enqueueProgramFree = (program: number): void => simple(PROGRAM_FREE, program)

/** Runs a program; aborting the current group skips it. */
export function enqueueReplay(program: number): void {
  refuseRecording('replay')
  const start = begin(REPLAY, 1)
  words[start + 2] = currentGroup()
  words[start + 3] = program
  recordSite()
  commit(start, start + 4)
}

export const enqueueGroupEnd = (group: number): void => simple(GROUP_END, group)
/** Publishes a storage's memory under a token for another environment. */
export const enqueueExport = (storage: Storage, token: readonly [number, number]): void =>
  simple(EXPORT, storage.slot, storage.generation, token[0], token[1])
/** Waits for the token and takes the memory. */
export const enqueueImport = (storage: Storage, token: readonly [number, number]): void =>
  simple(IMPORT, storage.slot, storage.generation, token[0], token[1])
