import { inspectCheckpoint, type StoredGroup } from '@heddle/models'
import { bytesPerElement, ggufBlocks, isGGUFType } from '@heddle/tensor'
import { Command } from 'commander'
import { count, megabytes, write, writeJson } from '../terminal.ts'

/** `heddle inspect`: what a checkpoint folder or a GGUF file holds and what it needs. */
export function inspectCommand(): Command {
  return new Command('inspect')
    .description(
      'show what a checkpoint holds, what its weights become and how much memory it needs',
    )
    .argument('<path>', 'checkpoint folder or .gguf file')
    .option('--json', 'print one JSON object instead of text')
    .addHelpText(
      'after',
      `
Examples:
  heddle inspect ./SmolLM2-135M-Instruct
  heddle inspect ./SmolLM2-135M-Instruct-Q4_K_M.gguf
  heddle inspect ./SmolLM2-135M-Instruct --json`,
    )
    .action(inspect)
}

async function inspect(directory: string, { json }: { json?: boolean }): Promise<void> {
  const report = await inspectCheckpoint(directory)
  if (json) return writeJson({ directory, ...report })
  const { config, storedBytes, dtype } = report
  const stored = Object.entries(storedBytes).map(([name, bytes]) => `${name} ${megabytes(bytes)}`)
  const heads =
    config.numKeyValueHeads === config.numAttentionHeads
      ? `${config.numAttentionHeads} heads`
      : `${config.numAttentionHeads} heads over ${config.numKeyValueHeads} key/value heads`
  const context = report.kvBytesPerToken * config.maxPositionEmbeddings
  const lines: [string, string][] = [
    ['architecture', report.modelType],
    ['layers', `${config.numHiddenLayers}, width ${config.hiddenSize}, ${heads}`],
    ['vocabulary', `${config.vocabSize} tokens`],
    ['positions', `${config.maxPositionEmbeddings}`],
    ['parameters', `${count(report.numParameters)} (${report.numParameters})`],
    ['stored as', stored.join(', ')],
    ['memory', `${megabytes(report.neededBytes)} as ${dtype}:`],
    ['  weights', megabytes(report.weightBytes)],
    ...report.weights.map((group): [string, string] => [`    ${group.stored}`, describe(group)]),
    ['  cache', `${megabytes(context)} for one row of ${config.maxPositionEmbeddings} tokens`],
  ]
  await write(`${lines.map(([name, value]) => `${name.padEnd(14)}${value}`).join('\n')}\n`)
}

/** What becomes of the weights of one stored type. */
function describe({ stored, loaded, tensors, storedBytes, loadedBytes }: StoredGroup): string {
  const what = `${tensors} tensors, ${megabytes(storedBytes)}`
  if (stored.toLowerCase() === loaded) return `${what}, used in place`
  const isKept = !Object.hasOwn(bytesPerElement, loaded)
  if (isKept) return `${what}, stays quantized as ${loaded} (${megabytes(loadedBytes)})`
  const how = isGGUFType(stored) && ggufBlocks[stored].values > 1 ? 'decoded' : 'converted'
  return `${what}, ${how} to ${loaded} (${megabytes(loadedBytes)})`
}
