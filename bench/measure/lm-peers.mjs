// The processes that run one language model each: heddle, llama.cpp, torch.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { benchFolder } from './fixtures.mjs'
import { WorkerProcess } from './worker-process.mjs'

const here = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const python = process.env.HEDDLE_PEER_PYTHON || 'python3'

function start(name, command, path, args, env) {
  return { name, worker: new WorkerProcess(name, command, [here(path), ...args], env) }
}

/** heddle, loading a folder or file with `options` of fromPretrained. */
export function startHeddle(name, path, threads, options) {
  const args = [path, threads, JSON.stringify(options)]
  return { ...start(name, process.execPath, 'workers/heddle.mjs', args), isOurs: true }
}

/** llama.cpp on GGUF files of these types; none, and a note, where it or a file is missing. */
export function startLlamaCpp(types, { folder, threads, without, notes }) {
  if (without.includes('llama.cpp')) {
    note(notes, 'llama.cpp left out: --without.')
    return []
  }
  if (!existsSync(here('peers/node_modules/node-llama-cpp'))) {
    note(notes, 'llama.cpp left out: run `npx pnpm --dir bench/peers install`.')
    return []
  }
  return types.flatMap((type) => {
    const file = ggufFile(type, folder, notes)
    const path = 'peers/llamacpp-worker.mjs'
    return file ? [start(`llama.cpp ${type}`, process.execPath, path, [file, threads])] : []
  })
}

/** torch with the dtypes of `names`: short name -> torch's. */
export function startTorch(names, { folder, threads, without, notes }) {
  if (without.includes('torch')) {
    note(notes, 'torch left out: --without.')
    return []
  }
  if (!pythonHas('torch, transformers')) {
    note(notes, 'torch left out: HEDDLE_PEER_PYTHON names no Python with torch and transformers.')
    return []
  }
  const env = { HF_HUB_OFFLINE: '1', OMP_NUM_THREADS: String(threads) }
  return Object.entries(names).map(([short, type]) =>
    start(`torch ${short}`, python, 'peers/torch-worker.py', [folder, threads, type], env),
  )
}

function note(notes, text) {
  if (!notes.includes(text)) notes.push(text)
}

function pythonHas(modules) {
  try {
    execFileSync(python, ['-c', `import ${modules}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** The model as a GGUF file of that type, made where it can be; undefined and a note where it cannot. */
export function ggufFile(type, folder, notes) {
  const file = join(benchFolder, `${type}.gguf`)
  if (existsSync(file)) return file
  if (existsSync(join(folder, 'model-q4_1.gguf')) && pythonHas('gguf')) {
    execFileSync(python, [here('peers/make-ggufs.py'), folder, benchFolder])
    if (existsSync(file)) return file
  }
  note(
    notes,
    `${type} left out: no GGUF file, and no Python with gguf (and llama_cpp for quantized ones) to make it.`,
  )
}
