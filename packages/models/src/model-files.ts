import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CheckpointError, openCheckpoint, readJsonFile } from '@heddle/formats'
import { toCamelCase } from '@heddle/nn'
import { ConfigError, HeddleError } from '@heddle/tensor'
import { isJsonObject, type JsonObject } from './config-reader.ts'
import type { DecoderConfig } from './decoder-config.ts'
import { isGGUFPath, readGGUFModel } from './gguf/gguf-model.ts'
import type { WeightSource } from './weight-source.ts'

/** A model on disk: a folder of the Hub's layout, or a GGUF file. */
export interface ModelFiles {
  /** As config.json has it. */
  readonly config: JsonObject
  /** As generation_config.json has it. */
  readonly generationConfig: JsonObject
  /** Opens the weights of the model that `config`, parsed, describes. */
  open(config: DecoderConfig, options: { readonly mmap: boolean }): Promise<WeightSource>
  /** Closes what no weights were opened from. */
  [Symbol.dispose](): void
}

/** Reads what stands beside the weights. Code that the files name is never loaded. */
export async function readModelFiles(path: string): Promise<ModelFiles> {
  if (isGGUFPath(path) && !(await isFolder(path))) return readGGUFModel(path)
  const config = await readConfigFile(path)
  return {
    config,
    generationConfig: (await readObject(path, 'generation_config.json')) ?? config,
    open: (_, options) => openCheckpoint(path, options),
    [Symbol.dispose]: () => {},
  }
}

async function isFolder(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined)
  return info?.isDirectory() ?? false
}

/** config.json of a checkpoint folder. */
async function readConfigFile(dir: string): Promise<JsonObject> {
  if (!(await isFolder(dir))) {
    throw new CheckpointError(
      'ERR_CHECKPOINT_NOT_FOUND',
      `fromPretrained: the path must be a folder with config.json and weights, or a .gguf file; got ${JSON.stringify(dir)}. ` +
        'Download the checkpoint first and pass its path.',
    )
  }
  const config = await readObject(dir, 'config.json')
  if (config !== undefined) return config
  throw new CheckpointError(
    'ERR_CHECKPOINT_NOT_FOUND',
    `fromPretrained: the folder must hold config.json; got ${JSON.stringify(dir)} without one. ` +
      'Is the download complete?',
  )
}

/** Defaults of generation in camelCase: a file of its own, or what config.json says about generation. */
export function readGenerationConfig({
  config,
  generationConfig,
}: ModelFiles): Readonly<Record<string, unknown>> {
  const source =
    generationConfig === config
      ? Object.fromEntries(generationKeys.map((key) => [key, config[key]]))
      : generationConfig
  const entries = Object.entries(source)
    .filter(([key, value]) => !key.startsWith('_') && value !== undefined)
    .map(([key, value]) => [toCamelCase(key), value])
  return Object.freeze(Object.fromEntries(entries))
}

async function readObject(dir: string, name: string): Promise<JsonObject | undefined> {
  const path = join(dir, name)
  const value = await readJsonFile(path).catch((error: unknown) => {
    if (HeddleError.isInstance(error) && error.code === 'ERR_FILE_NOT_FOUND') return undefined
    throw error
  })
  if (value === undefined || isJsonObject(value)) return value
  const text = JSON.stringify(value).slice(0, 40)
  throw new ConfigError(`${path}: must hold a JSON object; got ${text}. Correct the file.`)
}

// Before generation_config.json existed, these stood in config.json.
const generationKeys = [
  ...['bos_token_id', 'eos_token_id', 'pad_token_id', 'do_sample', 'temperature', 'top_k', 'top_p'],
  ...['min_p', 'typical_p', 'repetition_penalty', 'max_length', 'max_new_tokens', 'min_length'],
  ...['min_new_tokens', 'num_beams', 'num_beam_groups', 'length_penalty', 'early_stopping'],
  ...['no_repeat_ngram_size', 'bad_words_ids', 'forced_bos_token_id', 'forced_eos_token_id'],
  ...['suppress_tokens', 'begin_suppress_tokens', 'diversity_penalty', 'num_return_sequences'],
  ...['penalty_alpha', 'exponential_decay_length_penalty', 'remove_invalid_values'],
]
