// Quantized models: decode and prefill of the same GGUF files beside llama.cpp, in alternating rounds.
import { existsSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { comparePeers } from '../measure/compare-peers.mjs'
import { modelFolder } from '../measure/fixtures.mjs'
import { ggufFile, startHeddle, startLlamaCpp } from '../measure/lm-peers.mjs'

const types = ['q8_0', 'q4_0', 'q4_1', 'q4_k_m']

/** Runs the area and resolves with its report in Markdown. */
export async function quant({
  rounds = 5,
  threads = availableParallelism(),
  model,
  without = '',
  log,
}) {
  const folder = model ?? modelFolder('smollm2')
  const notes = []
  const peers = []
  const pairs = []
  for (const type of types) {
    const file = ggufFile(type, folder, notes)
    if (!file || !existsSync(file)) continue
    const bytes = statSync(file).size
    const [theirs] = startLlamaCpp([type], { folder, threads, without, notes })
    for (const compute of ['fast', 'exact']) {
      const name = `heddle ${type}, ${compute}`
      peers.push({ ...startHeddle(name, file, threads, { compute }), bytes })
      if (theirs) pairs.push([name, theirs.name])
    }
    if (theirs) peers.push({ ...theirs, bytes })
  }
  if (peers.length === 0) return notes.map((note) => `- ${note}`).join('\n')
  const meter = startHeddle('bandwidth', folder, threads, {}).worker
  return comparePeers({ peers, meter, pairs, rounds, threads, notes, log })
}
