import { FormatError } from '@heddle/tensor'
import { readJsonFile } from './json-file.ts'
import type { JsonObject, JsonValue } from './parse-json.ts'
import { quote } from './quote.ts'

/** Most bytes of an index: several times the largest one on the Hub. */
export const maxIndexBytes = 64 * 2 ** 20
/** Most shards of one checkpoint. */
export const maxShards = 4096

/** Which shard holds which tensor. */
export interface ShardIndex {
  /** Tensor name -> file name. */
  readonly weightMap: ReadonlyMap<string, string>
  /** File names in order. */
  readonly shards: readonly string[]
}

/**
 * Reads `model.safetensors.index.json`. Its `weight_map` must map names to plain file names; anything
 * else is `ERR_FORMAT_INDEX`. `metadata.total_size` is not believed, and not needed: headers say.
 */
export async function readShardIndex(path: string): Promise<ShardIndex> {
  const json = await readJsonFile(path, { maxBytes: maxIndexBytes })
  const map = isObject(json) ? json.weight_map : undefined
  if (map === undefined || !isObject(map)) {
    throw indexError(path, 'weight_map must be an object', isObject(json) ? map : json)
  }
  const weightMap = new Map<string, string>()
  const shards = new Set<string>()
  for (const name in map) {
    const file = map[name]
    if (typeof file !== 'string' || !isShardName(file)) {
      const rule = 'weight_map must map names to .safetensors files of the same folder'
      throw indexError(path, rule, file, `["weight_map"][${quote(name)}]`)
    }
    weightMap.set(name, file)
    shards.add(file)
    if (shards.size > maxShards) {
      throw indexError(path, `weight_map must name at most ${maxShards} files`, file)
    }
  }
  if (weightMap.size === 0) throw indexError(path, 'weight_map must name a tensor', map)
  return { weightMap, shards: [...shards].sort() }
}

/** True for a plain name: no folder, drive, stream or device, nothing hidden, nothing to decode. */
export function isShardName(name: string): boolean {
  return (
    /^[^./\\:*?"<>|\p{Cc}\p{Cf}\p{Zl}\p{Zp}][^/\\:*?"<>|\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*\.safetensors$/u.test(
      name,
    ) &&
    Buffer.byteLength(name) <= 255 &&
    !/^(?:con|prn|aux|nul|com\d|lpt\d)\./i.test(name)
  )
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function indexError(path: string, rule: string, got: unknown, at = ''): FormatError {
  return new FormatError(
    'ERR_FORMAT_INDEX',
    `${path}: ${rule}; got ${quote(got)}${at && ` at $${at}`}. Download the checkpoint again.`,
  )
}
