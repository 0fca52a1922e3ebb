import { stream } from '@heddle/generation'
import { measureBandwidth } from '@heddle/tensor'
import { Command, Option } from 'commander'
import { number, UsageError } from '../exit.ts'
import { type ModelSession, openModel } from '../model-session.ts'
import { addModelOptions } from '../sampling-options.ts'
import { megabytes, Progress, rate, write, writeJson } from '../terminal.ts'

interface BenchFlags {
  model?: string
  dtype: 'auto' | 'f32' | 'bf16' | 'f16'
  quantize?: 'int8' | 'int4'
  compute?: 'exact' | 'fast'
  promptTokens: number
  newTokens: number
  rounds: number
  json?: boolean
}

interface Round {
  readonly prefill: number
  readonly decode: number
}

const BANDWIDTH_BYTES = 512 * 2 ** 20

/** `heddle bench`: how fast a model loads, reads and writes on this machine. */
export function benchCommand(signal: AbortSignal): Command {
  const option = (flags: string, text: string, value: number) =>
    new Option(flags, text).argParser(number).default(value)
  return addModelOptions(new Command('bench'))
    .description('measure how fast a model runs on this machine')
    .addOption(option('--prompt-tokens <n>', 'tokens of the prompt', 512))
    .addOption(option('--new-tokens <n>', 'tokens to generate', 64))
    .addOption(option('--rounds <n>', 'rounds; the medians are reported', 5))
    .option('--json', 'print one JSON object instead of text')
    .addHelpText(
      'after',
      `
Decoding reads every weight once for each token, so its speed is also given as a share of the
memory bandwidth measured in the same run.

Examples:
  heddle bench
  heddle bench --model ./SmolLM2-135M-Instruct --dtype bf16 --json`,
    )
    .action((flags: BenchFlags) => bench(flags, signal))
}

async function bench(flags: BenchFlags, signal: AbortSignal): Promise<void> {
  const { promptTokens, newTokens, rounds } = flags
  for (const [name, value, least] of [
    ['--prompt-tokens', promptTokens, 1],
    ['--new-tokens', newTokens, 2],
    ['--rounds', rounds, 1],
  ] as const) {
    if (Number.isInteger(value) && value >= least) continue
    throw new UsageError(`bench: ${name} must be an integer of at least ${least}; got ${value}.`)
  }
  const session = await openModel({ ...flags, signal })
  const { model, loadMilliseconds, directory } = session
  const progress = new Progress()
  try {
    const ids = syntheticPrompt(promptTokens, model.config.vocabSize)
    const measured: Round[] = []
    const bandwidths: number[] = []
    let peakRssBytes = 0
    // Round 0 warms up and is not counted.
    for (let round = 0; round <= rounds; round++) {
      progress.show(round === 0 ? 'warming up' : `round ${round} of ${rounds}`)
      const result = await runRound(session, ids, newTokens, signal)
      if (round === 0) {
        // Before the buffer of the bandwidth is in memory too.
        peakRssBytes = process.resourceUsage().maxRSS * 1024
        continue
      }
      measured.push(result)
      bandwidths.push(await measureBandwidth(BANDWIDTH_BYTES, 1))
    }
    const weightBytes = Object.values(model.memoryBytes).reduce((sum, bytes) => sum + bytes, 0)
    const bandwidth = median(bandwidths)
    const decode = median(measured.map((round) => round.decode))
    const report = {
      model: directory,
      dtype: model.dtype,
      weights: model.memoryBytes,
      parameters: model.numParameters,
      weightBytes,
      promptTokens,
      newTokens,
      rounds,
      loadMilliseconds,
      prefillTokensPerSecond: median(measured.map((round) => round.prefill)),
      decodeTokensPerSecond: decode,
      bandwidthBytesPerSecond: bandwidth,
      bandwidthFraction: (weightBytes * decode) / bandwidth,
      peakRssBytes,
    }
    progress.clear()
    if (flags.json) return await writeJson(report)
    const lines: [string, string][] = [
      [
        'model',
        `${directory} (${Object.keys(model.memoryBytes).join(' and ')}, ${megabytes(weightBytes)})`,
      ],
      ['load', `${loadMilliseconds.toFixed(0)} ms`],
      [`prefill(${promptTokens})`, `${rate(report.prefillTokensPerSecond)} tokens/s`],
      [`decode(${newTokens})`, `${rate(decode)} tokens/s`],
      [
        'bandwidth',
        `${megabytes(bandwidth)}/s, decoding uses ${percent(report.bandwidthFraction)}`,
      ],
      ['peak memory', megabytes(peakRssBytes)],
    ]
    await write(`${lines.map(([name, value]) => `${name.padEnd(16)}${value}`).join('\n')}\n`)
  } finally {
    progress.clear()
    model.dispose()
  }
}

async function runRound(
  { model }: ModelSession,
  ids: Int32Array,
  newTokens: number,
  signal: AbortSignal,
): Promise<Round> {
  const options = { maxNewTokens: newTokens, doSample: false, eosTokenId: null, signal }
  const started = performance.now()
  let first = 0
  // The mask says that all of them are tokens, those that look like padding too.
  const inputs = { inputIds: ids, attentionMask: ids.map(() => 1) }
  for await (const _ of stream(model, inputs, options)) first ||= performance.now()
  const ended = performance.now()
  return {
    prefill: (ids.length * 1000) / (first - started),
    decode: ((newTokens - 1) * 1000) / (ended - first),
  }
}

// The arithmetic does not depend on the ids; these are spread over the vocabulary and repeatable.
function syntheticPrompt(length: number, vocabSize: number): Int32Array {
  return Int32Array.from({ length }, (_, t) => (t * 7919 + 13) % vocabSize)
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const high = sorted[middle] as number
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] as number) + high) / 2
}

const percent = (fraction: number) => `${(100 * fraction).toFixed(0)} % of it`
