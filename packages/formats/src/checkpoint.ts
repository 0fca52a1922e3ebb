import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { HeddleError, type Tensor } from '@heddle/tensor'
import { CheckpointError } from './errors.ts'
import { fileError } from './file-error.ts'
import { quote, quoteList } from './quote.ts'
import {
  type Checkpoint,
  type OpenOptions,
  openSafetensors,
  type SafetensorsFile,
  type StoredTensorInfo,
  type TensorInfo,
  tensorNotFound,
} from './safetensors-file.ts'
import { readShardIndex, type ShardIndex } from './shard-index.ts'

const single = 'model.safetensors'
const indexName = 'model.safetensors.index.json'
const foreign = /\.(?:bin|gguf|onnx|pth?|ckpt|h5|msgpack|npz|pkl|tflite)$/

/**
 * Opens the weights of a folder: `model.safetensors`, else `model.safetensors.index.json` with its
 * shards. Reads headers only. Links are followed (the Hub's cache is made of them), but every name must
 * be a plain file name of the folder. Without weights: `ERR_CHECKPOINT_NOT_FOUND`.
 */
export async function openCheckpoint(dir: string, options: OpenOptions = {}): Promise<Checkpoint> {
  const entries = await list(dir)
  if (entries.includes(single)) return openSafetensors(join(dir, single), options)
  if (!entries.includes(indexName)) throw notFound(dir, entries)
  const index = await readShardIndex(join(dir, indexName))
  requireShards(dir, index, entries)
  const files = new Map<string, SafetensorsFile>()
  try {
    for (const shard of index.shards) files.set(shard, await openShard(dir, shard, options))
    compare(dir, index, files)
    return new ShardedCheckpoint(dir, index, files)
  } catch (error) {
    for (const file of files.values()) file.dispose()
    throw error
  }
}

async function list(dir: string): Promise<string[]> {
  try {
    return await readdir(dir)
  } catch (error) {
    const reason = fileError(dir, 'listing the folder', error)
    if (!HeddleError.isInstance(reason) || reason.code !== 'ERR_FILE_NOT_FOUND') throw reason
    throw new CheckpointError(
      'ERR_CHECKPOINT_NOT_FOUND',
      `openCheckpoint: dir must be a folder with ${single}; got ${quote(dir)}, which is no folder. ` +
        'Check the path, or download the checkpoint first.',
      { cause: error },
    )
  }
}

function notFound(dir: string, entries: string[]): CheckpointError {
  const known = entries.filter((name) => foreign.test(name)).sort()
  const others = entries.filter((name) => name.endsWith('.safetensors')).sort()
  let got = 'neither'
  let remedy = 'Is the download complete?'
  if (known.length > 0) {
    got = `${quoteList(known)}, which a folder is not loaded from`
    remedy = known.some((name) => name.endsWith('.gguf'))
      ? 'A GGUF file loads by its own path: pass the path of the file.'
      : 'Save the model as safetensors first (in Python: `model.save_pretrained(dir)` with Transformers).'
  } else if (others.length > 0) {
    got = `only ${quoteList(others)}`
    remedy = `Open one file with openSafetensors, or name it ${single}.`
  }
  return new CheckpointError(
    'ERR_CHECKPOINT_NOT_FOUND',
    `openCheckpoint: the folder must hold ${single}, or ${indexName} with its shards; ` +
      `got ${quote(dir)} with ${got}. ${remedy}`,
    { details: { dir, lookedFor: [single, indexName], found: [...known, ...others] } },
  )
}

/** Shards that the index names must be there, and those that are there must be named. */
function requireShards(dir: string, { shards }: ShardIndex, entries: string[]): void {
  const there = new Set(entries)
  const missing = shards.filter((shard) => !there.has(shard))
  if (missing.length > 0) {
    throw new CheckpointError(
      'ERR_CHECKPOINT_MISSING_SHARD',
      `openCheckpoint: the folder must hold the ${shards.length} files that ${indexName} names; ` +
        `got ${quote(dir)} without ${quoteList(missing)}. Is the download complete?`,
      { details: { missing } },
    )
  }
  const sets = new Set(shards.map(setOf))
  sets.delete(undefined)
  const listed = new Set(shards)
  const spare = entries.filter((name) => sets.has(setOf(name)) && !listed.has(name)).sort()
  if (spare.length > 0) {
    throw new CheckpointError(
      'ERR_CHECKPOINT_MISMATCH',
      `openCheckpoint: ${indexName} must name every shard of its set; got ${quoteList(spare)} in ` +
        `${quote(dir)}, which it does not name. Download the checkpoint again.`,
      { details: { spare } },
    )
  }
}

/** `model-00002-of-00003.safetensors` belongs to the set `model-of-00003`. */
function setOf(name: string): string | undefined {
  const match = /^(.+)-\d{5}-of-(\d{5})\.safetensors$/.exec(name)
  return match ? `${match[1]}-of-${match[2]}` : undefined
}

async function openShard(
  dir: string,
  shard: string,
  options: OpenOptions,
): Promise<SafetensorsFile> {
  try {
    return await openSafetensors(join(dir, shard), options)
  } catch (error) {
    // A link to nowhere is listed and cannot be opened.
    if (!HeddleError.isInstance(error) || error.code !== 'ERR_FILE_NOT_FOUND') throw error
    throw new CheckpointError(
      'ERR_CHECKPOINT_MISSING_SHARD',
      `openCheckpoint: ${quote(shard)} must lead to a file; got a link to nothing in ${quote(dir)}. ` +
        'Is the download complete?',
      { cause: error, details: { missing: [shard] } },
    )
  }
}

/** Index and headers name the same tensors in the same files. */
function compare(
  dir: string,
  index: ShardIndex,
  files: ReadonlyMap<string, SafetensorsFile>,
): void {
  const absent: string[] = []
  for (const [name, shard] of index.weightMap) {
    if (!files.get(shard)!.has(name)) absent.push(name)
  }
  const misplaced: string[] = []
  const unlisted: string[] = []
  for (const [shard, file] of files) {
    for (const name of file.names) {
      const expected = index.weightMap.get(name)
      if (expected === undefined) unlisted.push(name)
      else if (expected !== shard) misplaced.push(name)
    }
  }
  const problems = [
    ['in no shard where the index says', absent],
    ['in another shard than the index says', misplaced],
    ['in a shard but not in the index', unlisted],
  ] as const
  const found = problems.filter(([, names]) => names.length > 0)
  if (found.length === 0) return
  const got = found.map(([what, names]) => `${quoteList(names)} ${what}`).join('; ')
  throw new CheckpointError(
    'ERR_CHECKPOINT_MISMATCH',
    `openCheckpoint: ${indexName} and the shards must name the same tensors; got ${got} ` +
      `(in ${quote(dir)}). Download the checkpoint again.`,
    { details: { absent, misplaced, unlisted } },
  )
}

/** Several safetensors files behind one list of names. */
class ShardedCheckpoint implements Checkpoint {
  readonly names: readonly string[]
  readonly metadata: ReadonlyMap<string, string>
  readonly #dir: string
  readonly #index: ShardIndex
  readonly #files: ReadonlyMap<string, SafetensorsFile>

  constructor(dir: string, index: ShardIndex, files: ReadonlyMap<string, SafetensorsFile>) {
    this.#dir = dir
    this.#index = index
    this.#files = files
    this.names = [...index.weightMap.keys()]
    const [first, ...others] = [...files.values()]
    const agreed = [...(first?.metadata ?? [])].filter(([key, value]) =>
      others.every((file) => file.metadata.get(key) === value),
    )
    this.metadata = new Map(agreed)
  }

  has(name: string): boolean {
    return this.#index.weightMap.has(name)
  }

  #file(name: string): SafetensorsFile {
    const shard = this.#index.weightMap.get(name)
    if (shard === undefined) throw tensorNotFound(this.#dir, name, this.names.length)
    return this.#files.get(shard)!
  }

  info(name: string): TensorInfo {
    return this.#file(name).info(name)
  }

  storedInfo(name: string): StoredTensorInfo {
    return this.#file(name).storedInfo(name)
  }

  tensor(name: string): Tensor {
    return this.#file(name).tensor(name)
  }

  async check(): Promise<void> {
    for (const file of this.#files.values()) await file.check()
  }

  dispose(): void {
    for (const file of this.#files.values()) file.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}
