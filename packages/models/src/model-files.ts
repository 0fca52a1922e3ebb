import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CheckpointError, readJsonFile } from '@heddle/formats'
import { toCamelCase } from '@heddle/nn'
import { ConfigError, HeddleError } from '@heddle/tensor'
import { isJsonObject, type JsonObject } from './config-reader.ts'

/** config.json of a checkpoint folder. */
export async function readConfigFile(dir: string): Promise<JsonObject> {
  const info = await stat(dir).catch(() => undefined)
  if (!info?.isDirectory()) {
    throw new CheckpointError(
      'ERR_CHECKPOINT_NOT_FOUND',
      `fromPretrained: dir must be a folder with config.json and weights; got ${JSON.stringify(dir)}. ` +
        'Download the checkpoint first and pass its folder.',
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

/** generation_config.json in camelCase; without that file what config.json says about generation. */
export async function readGenerationConfig(
  dir: string,
  config: JsonObject,
): Promise<Readonly<Record<string, unknown>>> {
  const file = await readObject(dir, 'generation_config.json')
  const source = file ?? Object.fromEntries(generationKeys.map((key) => [key, config[key]]))
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
