export type Completion = (
  request: number,
  code: string,
  message: string,
  op: string,
  sequence: number,
  bytes: number,
) => void

export interface DeviceMemory {
  allocated: number
  buffers: number
  peak: number
  reserved: number
  budget: number
}

export interface NativeHeader {
  names: Uint8Array
  nameEnds: Uint32Array
  dtypes: Uint8Array
  dtypeNames: string[]
  ranks: Uint8Array
  dims: Float64Array
  offsets: Float64Array
  metadata: Uint8Array
  metadataEnds: Uint32Array
}

export function commandNames(): string[]
export function commandTimes(): { name: string; calls: number; seconds: number }[]
export function setProfiling(on: boolean): void
export function openEnvironment(onComplete: Completion): number
export function submit(environment: number, stream: number, words: Uint32Array, count: number): void
export function takeData(environment: number, request: number, into: Uint8Array): void
export function upload(environment: number, bytes: Uint8Array): number
export function uploadCommands(environment: number, words: Uint32Array): number
export function cancelGroup(environment: number, group: number): void
export function adjustExternalMemory(delta: number): void
export function deviceMemory(): DeviceMemory
export function trimMemory(): number
export function setMemoryBudget(bytes: number): void
export function setThreads(threads: number): void
export function setRounding(rounding: boolean): void
export function deviceLevel(): { level: string; best: string; threads: number }
export function openFile(path: string, mmap: boolean): { id: number; size: number }
export function closeFile(id: number): void
export function checkFile(id: number): void
export function safetensorsHeader(id: number): NativeHeader
export function readFile(id: number, offset: number, into: Uint8Array): void
export function filePayload(
  environment: number,
  id: number,
  offset: number,
  bytes: number,
  alignment: number,
): number
/** Every function of the addon by name (tests walk it). */
export const functions: Readonly<Record<string, (...args: never[]) => unknown>>
