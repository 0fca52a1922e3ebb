import type { GenerateOptions } from '@heddle/generation'
import type { PretrainedCausalLM } from '@heddle/models'
import { type Command, Option } from 'commander'
import { number } from './exit.ts'

/** What the command line may say about a generation. */
export interface SamplingFlags {
  maxNewTokens?: number
  temperature?: number
  topK?: number
  topP?: number
  minP?: number
  repetitionPenalty?: number
  seed?: number
  stop?: string[]
}

// Without a length from anybody a command would stop after Transformers' 20 tokens.
const DEFAULT_MAX_NEW_TOKENS = 256

/** Adds the model and sampling options that `generate` and `chat` share. */
export function addModelOptions(command: Command): Command {
  return command
    .option('-m, --model <path>', 'checkpoint folder or .gguf file (default: the model of heddle)')
    .addOption(
      new Option('--dtype <dtype>', 'what the weights are loaded as')
        .choices(['auto', 'f32', 'bf16', 'f16'])
        .default('auto'),
    )
    .addOption(
      new Option('--quantize <bits>', 'quantize linear layers while loading').choices([
        'int8',
        'int4',
      ]),
    )
    .addOption(
      new Option(
        '--compute <mode>',
        'activations of quantized layers: exact keeps them f32, fast rounds them to eight bits',
      ).choices(['exact', 'fast']),
    )
}

/** Adds the options of a generation. */
export function addSamplingOptions(command: Command): Command {
  return command
    .option('-n, --max-new-tokens <n>', 'most tokens to generate', number)
    .option('-t, --temperature <t>', 'sample; lower is safer, 0 takes the likeliest token', number)
    .option('--top-k <k>', 'sample among the k likeliest tokens', number)
    .option('--top-p <p>', 'sample among the likeliest tokens that reach probability p', number)
    .option('--min-p <p>', 'sample among tokens with at least p of the best probability', number)
    .option('--repetition-penalty <x>', 'above 1: repeat less', number)
    .option('--seed <n>', 'sample the same way every time', number)
    .option('--stop <text...>', 'end when the text contains one of these')
}

/** The options of `generate()` that the flags stand for: any sampling flag means sampling. */
export function generateOptions(
  model: PretrainedCausalLM,
  flags: SamplingFlags,
  promptLength: number,
): GenerateOptions {
  const { maxNewTokens, temperature, topK, topP, minP, repetitionPenalty, seed, stop } = flags
  const { generationConfig, config } = model
  const options: GenerateOptions = {}
  if (maxNewTokens !== undefined) options.maxNewTokens = maxNewTokens
  else if (!hasLength(generationConfig, promptLength)) {
    const room = config.maxPositionEmbeddings - promptLength
    options.maxNewTokens = Math.max(1, Math.min(DEFAULT_MAX_NEW_TOKENS, room))
  }
  if (repetitionPenalty !== undefined) options.repetitionPenalty = repetitionPenalty
  if (stop !== undefined) options.stopStrings = stop
  if (temperature === 0) return { ...options, doSample: false }
  const sampling = { temperature, topK, topP, minP, seed }
  if (Object.values(sampling).some((value) => value !== undefined)) options.doSample = true
  return { ...options, ...sampling }
}

function hasLength(file: Readonly<Record<string, unknown>>, promptLength: number): boolean {
  if (typeof file.maxNewTokens === 'number') return true
  return typeof file.maxLength === 'number' && file.maxLength > promptLength
}
