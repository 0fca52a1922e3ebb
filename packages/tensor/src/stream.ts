import * as addon from '@heddle/native'
import { siteOf } from './debug.ts'
import { errorOf, HeddleError, native, OutOfMemoryError } from './errors.ts'
import type { Command } from './generated/commands.ts'
import { isHigh, noteBudget, noteLive, relieve } from './pressure.ts'

// This environment's command stream: words are collected here and handed over once per turn of the
// event loop's microtasks, when the buffer is half full, or at a fence.

const capacity = 1 << 16

interface Fence {
  resolve: (data: ArrayBuffer) => void
  reject: (error: unknown) => void
}

const fences = new Map<number, Fence>()
let nextRequest = 1
let environment = 0

/** Words of the commands that were not handed over yet. */
export let words = new Uint32Array(capacity)
/** The same memory as f32. */
export let floats = new Float32Array(words.buffer)
let used = 0
let recording = false
let flushes = 0
let scheduled = false
let external = 0

// Keeps the process alive while a fence is open; the native callback itself is weak.
const keepAlive = setInterval(() => {}, 2 ** 30)
keepAlive.unref()

// By name, so that an addon of another version is a named error and never the wrong command.
const opcodes = new Map(addon.commandNames().map((name, index) => [name, index + 16]))

/** Opcode of a command; throws ERR_NATIVE_LOAD when the addon does not have it. */
export function opcodeOf(command: Command): number {
  const opcode = opcodes.get(command)
  if (opcode === undefined) {
    throw new HeddleError(
      'ERR_NATIVE_LOAD',
      `@heddle/native: must be of the same version as @heddle/tensor; got an addon without the command ${command}. Install matching versions, or run \`npm run setup\`.`,
    )
  }
  return opcode
}

function open(): number {
  environment = native(() => addon.openEnvironment(complete))
  noteBudget(native(addon.deviceMemory).budget)
  return environment
}

/** Number of this environment (main thread or worker) at the native side. */
export const environmentId = (): number => environment || open()

/** Position in `words` where the next command starts; makes room for `need` words. */
export function reserve(need: number): number {
  if (used + need > words.length) {
    flush()
    if (used + need > words.length) {
      const before = words
      words = new Uint32Array((used + need) * 2)
      floats = new Float32Array(words.buffer)
      words.set(before.subarray(0, used))
    }
  }
  return used
}

/** True inside `record`. */
export const isRecording = (): boolean => recording

/**
 * Runs `fn` and gives the commands that it enqueued to `take`, instead of handing them over. They are a view
 * that is valid during the call: a copy per recording would be garbage outside V8's heap.
 */
export function record<T>(fn: () => void, take: (words: Uint32Array) => T): T {
  flush()
  recording = true
  try {
    fn()
    return take(words.subarray(0, used))
  } finally {
    recording = false
    used = 0
    flushes++
  }
}

/** Changes whenever the collected commands were handed over: positions in `words` from before mean nothing. */
export const epoch = (): number => flushes

/** Declares the command that ends before `end` complete. */
export function commit(start: number, end: number): void {
  if (end - start > 0xffff || end > words.length) {
    throw new HeddleError(
      'ERR_INTERNAL',
      `stream: a command must have at most 65535 words, all of them reserved; got ${end - start}. This is a bug in heddle.`,
    )
  }
  words[start] = words[start]! | ((end - start) << 16)
  used = end
  if (recording) return
  if (used > words.length >> 1) flush()
  else if (!scheduled) {
    scheduled = true
    queueMicrotask(flush)
  }
}

/** Hands all collected commands to the native stream. */
export function flush(): void {
  if (recording) return
  scheduled = false
  if (external !== 0) {
    addon.adjustExternalMemory(external)
    external = 0
  }
  if (used === 0) return
  const count = used
  used = 0
  flushes++
  native(() => addon.submit(environmentId(), 0, words, count))
}

/** Notes bytes outside V8's heap that live and die with JavaScript objects; reported once per flush. */
export function accountExternal(bytes: number): void {
  external += bytes
  noteLive(bytes)
}

/** Opens a fence: returns its request number and the promise that its completion settles. */
export function openFence(): { request: number; promise: Promise<ArrayBuffer> } {
  const request = nextRequest
  nextRequest = nextRequest >= 0xffff_fff0 ? 1 : nextRequest + 1
  const promise = new Promise<ArrayBuffer>((resolve, reject) => {
    if (fences.size === 0) keepAlive.ref()
    fences.set(request, { resolve, reject })
  })
  return { request, promise }
}

const empty = new ArrayBuffer(0)

function complete(
  request: number,
  code: string,
  message: string,
  op: string,
  sequence: number,
  bytes: number,
): void {
  const fence = fences.get(request)
  if (!fence) return
  fences.delete(request)
  if (fences.size === 0) keepAlive.unref()
  if (code !== '') {
    const site = siteOf(sequence)
    fence.reject(errorOf(code, site ? `${message}\nenqueued at\n${site}` : message, { op }))
    return
  }
  try {
    const data = take(request, bytes)
    if (isHigh()) relieve(() => fence.resolve(data))
    else fence.resolve(data)
  } catch (error) {
    fence.reject(error)
  }
}

function take(request: number, bytes: number): ArrayBuffer {
  if (bytes === 0) return empty
  let data: ArrayBuffer
  try {
    data = new ArrayBuffer(bytes)
  } catch {
    native(() => addon.takeData(environment, request, new Uint8Array(0)))
    throw new OutOfMemoryError(
      `data: JavaScript must have room for the values; got no ${bytes} bytes. Read a smaller part.`,
      { tried: bytes },
    )
  }
  native(() => addon.takeData(environment, request, new Uint8Array(data)))
  return data
}

/** Number of fences that wait for the stream. */
export const openFences = (): number => fences.size
