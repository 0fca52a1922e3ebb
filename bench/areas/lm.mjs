// Decode and prefill on one model, beside llama.cpp and torch, in alternating rounds.
import { execFileSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { benchFolder, modelFolder, syntheticIds } from '../measure/fixtures.mjs'
import { load, machineLine } from '../measure/machine.mjs'
import { median, spread, table } from '../measure/numbers.mjs'
import { WorkerProcess } from '../measure/worker-process.mjs'

const here = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const python = process.env.HEDDLE_PEER_PYTHON || 'python3'
const promptTokens = 512
// Context of the plain decode rate, as llama-bench measures it: nearly none.
const shortPrompt = 16
const decodeTokens = 64

/** Runs the area and resolves with its report in Markdown. */
export async function lm({ rounds = 7, threads = availableParallelism(), model, without, log }) {
  const folder = model ?? modelFolder('smollm2')
  const notes = []
  const peers = startPeers(folder, threads, without ?? '', notes)
  // Its buffer would count into the memory of the process that runs the model.
  const meter = startHeddle('bandwidth', folder, threads)
  try {
    const before = load()
    const loaded = await loadAll(peers, notes, log)
    const bytes = statSync(join(folder, 'model.safetensors')).size
    const { results, bandwidth } = await runRounds(loaded, {
      meter: meter.worker,
      bytes,
      rounds,
      log,
    })
    return report({ results, bandwidth, bytes, rounds, threads, notes, loads: [before, load()] })
  } finally {
    await Promise.all([...peers, meter].map(({ worker }) => worker.close()))
  }
}

function start(name, command, path, args, env) {
  return { name, worker: new WorkerProcess(name, command, [here(path), ...args], env) }
}

function startHeddle(name, folder, threads) {
  return start(name, process.execPath, 'workers/heddle.mjs', [folder, threads, 'bf16'])
}

function startPeers(folder, threads, without, notes) {
  const node = process.execPath
  const peers = [{ ...startHeddle('heddle bf16', folder, threads), isOurs: true }]
  if (without.includes('llama.cpp')) {
    notes.push('llama.cpp left out: --without.')
  } else if (existsSync(here('peers/node_modules/node-llama-cpp'))) {
    for (const type of ['bf16', 'f16']) {
      const file = ggufFile(type, folder, notes)
      const path = 'peers/llamacpp-worker.mjs'
      if (file) peers.push(start(`llama.cpp ${type}`, node, path, [file, threads]))
    }
  } else {
    notes.push('llama.cpp left out: run `npx pnpm --dir bench/peers install`.')
  }
  if (without.includes('torch')) {
    notes.push('torch left out: --without.')
  } else if (pythonHas('torch, transformers')) {
    const env = { HF_HUB_OFFLINE: '1', OMP_NUM_THREADS: String(threads) }
    for (const [short, type] of Object.entries({ f32: 'float32', bf16: 'bfloat16' })) {
      const args = [folder, threads, type]
      peers.push(start(`torch ${short}`, python, 'peers/torch-worker.py', args, env))
    }
  } else {
    notes.push('torch left out: HEDDLE_PEER_PYTHON names no Python with torch and transformers.')
  }
  return peers
}

function pythonHas(modules) {
  try {
    execFileSync(python, ['-c', `import ${modules}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function ggufFile(type, folder, notes) {
  const file = join(benchFolder, `${type}.gguf`)
  if (existsSync(file)) return file
  if (existsSync(join(folder, 'model-q4_1.gguf')) && pythonHas('gguf')) {
    execFileSync(python, [here('peers/make-ggufs.py'), folder, benchFolder])
    if (existsSync(file)) return file
  }
  notes.push(
    `llama.cpp ${type} left out: no GGUF file, and no Python with gguf (and llama_cpp for quantized ones) to make it.`,
  )
}

async function loadAll(peers, notes, log) {
  const loaded = []
  for (const peer of peers) {
    log(`load ${peer.name}`)
    try {
      const answer = await peer.worker.ask({ op: 'load', contextSize: 2048 })
      loaded.push({ ...peer, ...answer })
    } catch (error) {
      if (peer.isOurs) throw error
      notes.push(`${peer.name} left out: ${error.message.split('\n')[0]}.`)
    }
  }
  return loaded
}

async function runRounds(peers, { meter, bytes, rounds, log }) {
  const ids = syntheticIds(promptTokens)
  const bandwidth = []
  const lists = () => ({ prefill: [], decode: [], decodeLong: [], share: [], shareLong: [] })
  const results = peers.map((peer) => ({ ...peer, ...lists(), rss: 0 }))
  // The memory's speed changes within seconds: each rate is compared with a reading right beside it.
  const share = (rate, reading) => (bytes * rate) / reading
  // Round 0 warms every peer up and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const result of results) {
      log(`round ${round} of ${rounds}: ${result.name}`)
      const ask = (part) => result.worker.ask({ op: 'round', ids: part, decode: decodeTokens })
      const short = await ask(ids.slice(0, shortPrompt))
      const { bytesPerSecond: reading } = await meter.ask({ op: 'bandwidth' })
      const long = await ask(ids)
      if (round === 0) continue
      bandwidth.push(reading)
      result.prefill.push(long.prefill)
      result.decode.push(short.decode)
      result.decodeLong.push(long.decode)
      result.share.push(share(short.decode, reading))
      result.shareLong.push(share(long.decode, reading))
      result.rss = Math.max(result.rss, long.rss)
    }
  }
  return { results, bandwidth }
}

function report({ results, bandwidth, bytes, rounds, threads, notes, loads }) {
  const percent = (shares) => `${(100 * median(shares)).toFixed(0)} %`
  const rows = results.map(
    ({ name, prefill, decode, decodeLong, share, shareLong, loadMs, rss }) => [
      name,
      spread(prefill, 0),
      spread(decode),
      percent(share),
      spread(decodeLong),
      percent(shareLong),
      loadMs.toFixed(0),
      (rss / 2 ** 20).toFixed(0),
    ],
  )
  const header = [
    '',
    `prefill(${promptTokens}) tok/s`,
    'decode tok/s',
    'of bandwidth',
    `decode after ${promptTokens}`,
    'of bandwidth',
    'load ms',
    'RSS MiB',
  ]
  const [ours] = results
  const ratios = results
    .slice(1)
    .map((peer) => [
      `heddle / ${peer.name}`,
      (median(ours.prefill) / median(peer.prefill)).toFixed(2),
      (median(ours.decode) / median(peer.decode)).toFixed(2),
      (median(ours.decodeLong) / median(peer.decodeLong)).toFixed(2),
    ])
  return [
    `${machineLine()}, heddle at level ${ours.level}, ${threads} threads.`,
    `${rounds} alternating rounds, medians (lowest-highest). Load average ${loads[0]} before, ${loads[1]} after.`,
    `Reading 512 MB: ${spread(bandwidth.map((value) => value / 1e9))} GB/s. Weights: ${(bytes / 1e6).toFixed(0)} MB.`,
    '',
    table(header, rows),
    '',
    ...(ratios.length
      ? [
          table(['ratio of medians', 'prefill', 'decode', `decode after ${promptTokens}`], ratios),
          '',
        ]
      : []),
    ...notes.map((note) => `- ${note}`),
  ].join('\n')
}
