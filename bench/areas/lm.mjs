// Decode and prefill on one model, beside llama.cpp and torch, in alternating rounds.
import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { comparePeers } from '../measure/compare-peers.mjs'
import { modelFolder } from '../measure/fixtures.mjs'
import { startHeddle, startLlamaCpp, startTorch } from '../measure/lm-peers.mjs'

/** Runs the area and resolves with its report in Markdown. */
export async function lm({
  rounds = 7,
  threads = availableParallelism(),
  model,
  without = '',
  log,
}) {
  const folder = model ?? modelFolder('smollm2')
  const bytes = statSync(join(folder, 'model.safetensors')).size
  const notes = []
  const ours = startHeddle('heddle bf16', folder, threads, { dtype: 'bf16' })
  const others = [
    ...startLlamaCpp(['bf16', 'f16'], { folder, threads, without, notes }),
    ...startTorch({ f32: 'float32', bf16: 'bfloat16' }, { folder, threads, without, notes }),
  ]
  return comparePeers({
    // What all of them hold is what the checkpoint holds, once or twice as wide.
    peers: [ours, ...others].map((peer) => ({ ...peer, bytes })),
    // Its buffer would count into the memory of the process that runs the model.
    meter: startHeddle('bandwidth', folder, threads, {}).worker,
    pairs: others.map(({ name }) => ['heddle bf16', name]),
    rounds,
    threads,
    notes,
    log,
  })
}
