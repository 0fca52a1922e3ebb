// Encoding, decoding and loading beside the Rust library and the JavaScript ones, in alternating rounds.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { corpus, corpusNames } from '../measure/corpora.mjs'
import { fixtureRoot } from '../measure/fixtures.mjs'
import { load, machineLine } from '../measure/machine.mjs'
import { median, spread, table } from '../measure/numbers.mjs'
import { WorkerProcess } from '../measure/worker-process.mjs'

const here = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const python = process.env.HEDDLE_PEER_PYTHON || 'python3'
const nextPython = process.env.HEDDLE_PEER_PYTHON_TOKENIZERS_1

const SLICE = 1_000_000 // bytes of UTF-8 that a round encodes
const SMALL_SLICE = 200_000 // of the slower peers
const PIECE = 10_000 // code units

const families = {
  'GPT-2': 'tokenizer-gpt2',
  'Llama 3': 'tokenizers-plurnk/llama3',
  'Qwen 2.5': 'tokenizer-qwen2.5',
  Gemma: 'tokenizers-plurnk/gemma',
  'Llama 2': 'tokenizers-plurnk/llama2',
  BERT: 'tokenizers-plurnk/bert',
  T5: 'tokenizers-plurnk/t5',
}
const loaded = { 'Llama 3, 128k tokens': 'Llama 3', 'Gemma, 256k tokens': 'Gemma' }

/** Runs the area and resolves with its report in Markdown. */
export async function tokenizers({ rounds = 3, model, without = '', log }) {
  const notes = []
  const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-'))
  try {
    const before = load()
    const peers = findPeers(folder, without, notes)
    const wanted = model?.split('/').pop().toLowerCase() ?? ''
    const names = Object.keys(families).filter((name) => {
      const isHere = existsSync(join(fixtureRoot, families[name], 'tokenizer.json'))
      if (!isHere) notes.push(`${name} left out: its fixture is not there.`)
      return (
        isHere &&
        name
          .toLowerCase()
          .replace(/[^a-z0-9]/g, '')
          .includes(wanted)
      )
    })
    const texts = writeTexts(folder, rounds, notes)
    const speeds = await timeSpeeds(peers, names, texts, rounds, notes, log)
    const loads = await timeLoads(peers, names, rounds, log)
    return report({ peers, speeds, loads, rounds, notes, loadAverages: [before, load()] })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function findPeers(folder, without, notes) {
  const node = process.execPath
  const start = (name, command, path, args) => () =>
    new WorkerProcess(name, command, [here(path), ...args])
  const cache = join(folder, 'cache')
  mkdirSync(cache)
  const peers = [
    { name: 'heddle', start: start('heddle', node, 'workers/tokenizers.mjs', [cache]) },
  ]
  const add = (name, reason, peer) => {
    if (without.split(',').some((part) => part && name.includes(part)))
      notes.push(`${name} left out: --without.`)
    else if (reason) notes.push(`${name} left out: ${reason}`)
    else peers.push({ name, ...peer })
  }
  const rust = (name, command) => {
    const reason = hasTokenizers(command) ? undefined : `${command} has no tokenizers.`
    add(name, reason, { start: start(name, command, 'peers/tokenizers-worker.py', []) })
  }
  rust('rust', python)
  if (nextPython) rust('rust 1.0', nextPython)
  else notes.push('rust 1.0 left out: HEDDLE_PEER_PYTHON_TOKENIZERS_1 names no Python with it.')
  for (const [name, library] of Object.entries({
    tokenizers: 'js',
    transformers: 'transformers.js',
  })) {
    const isHere = existsSync(here(`peers/node_modules/@huggingface/${name}`))
    const reason = isHere ? undefined : 'run `npx pnpm --dir bench/peers install`.'
    const args = [`@huggingface/${name}`]
    add(library, reason, {
      isSlow: true,
      start: start(library, node, 'peers/tokenizers-js-worker.mjs', args),
    })
  }
  return peers
}

function hasTokenizers(command) {
  try {
    execFileSync(command, ['-c', 'import tokenizers'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Each round has a stretch of its own of every corpus, so that nobody meets a text twice; round 0 is for warming up. */
function writeTexts(folder, rounds, notes) {
  const texts = []
  for (const name of corpusNames) {
    const text = corpus(name, (rounds + 1) * SLICE, notes)
    if (text === undefined) continue
    const bytes = Buffer.from(text)
    const size = Math.floor(bytes.length / (rounds + 1))
    const file = join(folder, `${name}.txt`)
    writeFileSync(file, bytes)
    // Between characters, and never before a space: one that begins a text means to some classes of Transformers,
    // which AutoTokenizer follows, what it does not mean to the file alone.
    const bound = (at) => {
      while (at < bytes.length && ((bytes[at] & 0xc0) === 0x80 || bytes[at] === 0x20)) at++
      return at
    }
    const slices = Array.from({ length: rounds + 1 }, (_, i) => ({
      file,
      start: bound(i * size),
      end: bound((i + 1) * size),
      smallEnd: bound(Math.min(i * size + SMALL_SLICE, (i + 1) * size)),
    }))
    texts.push({ name, slices })
  }
  return texts
}

async function timeSpeeds(peers, names, texts, rounds, notes, log) {
  const speeds = []
  for (const family of names) {
    const folder = join(fixtureRoot, families[family])
    const workers = []
    try {
      for (const peer of peers) {
        const worker = peer.start()
        workers.push({ peer, worker, results: new Map() })
        const { version } = await worker.ask({ op: 'load', folder })
        peer.version ||= version
      }
      for (let round = 0; round <= rounds; round++) {
        for (const { name, slices } of texts) {
          log(`${family}, round ${round} of ${rounds}: ${name}`)
          await timeRound(workers, family, name, slices[round], round, notes)
        }
      }
      for (const { name } of texts) {
        const of = new Map(workers.map(({ peer, results }) => [peer.name, results.get(name)]))
        speeds.push({ family, corpus: name, of })
      }
    } finally {
      await Promise.all(workers.map(({ worker }) => worker.close()))
    }
  }
  return speeds
}

async function timeRound(workers, family, name, slice, round, notes) {
  let ours
  for (const { peer, worker, results } of workers) {
    const { file, start } = slice
    const end = peer.isSlow ? slice.smallEnd : slice.end
    let answer
    try {
      answer = await worker.ask({ op: 'time', file, start, end, piece: PIECE })
    } catch (error) {
      // One that fails once has no numbers here.
      if (peer.name === 'heddle') throw error
      addNote(notes, `${peer.name} fails on ${family}, ${name}: ${error.message.split('\n')[0]}.`)
      continue
    }
    if (peer.name === 'heddle') ours = answer.hash
    else if (!peer.isSlow && answer.hash !== ours) {
      addNote(notes, `${peer.name} finds other ids than heddle on ${family}, ${name}.`)
    }
    if (round === 0) continue
    const megabytes = (end - start) / 1e6
    const speeds = results.get(name) ?? { whole: [], pieces: [], decode: [] }
    results.set(name, speeds)
    for (const kind of ['whole', 'pieces', 'decode']) speeds[kind].push(megabytes / answer[kind])
  }
}

function addNote(notes, note) {
  if (!notes.includes(note)) notes.push(note)
}

/** Every load in a process of its own, as a program that starts has it. */
async function timeLoads(peers, names, rounds, log) {
  const [heddle, ...others] = peers
  const ways = [
    ...[heddle, ...others].map((peer) => ({ name: peer.name, peer, request: {} })),
    { name: 'heddle, own file', peer: heddle, request: { cached: true } },
  ]
  const loads = []
  for (const [title, family] of Object.entries(loaded)) {
    if (!names.includes(family)) continue
    const of = new Map(ways.map(({ name }) => [name, []]))
    // The first time the own file is written.
    for (let round = 0; round <= rounds; round++) {
      for (const { name, peer, request } of ways) {
        log(`${title}, round ${round} of ${rounds}: ${name}`)
        const worker = peer.start()
        try {
          const folder = join(fixtureRoot, families[family])
          const { loadMs } = await worker.ask({ op: 'load', folder, ...request })
          if (round > 0) of.get(name).push(loadMs)
        } finally {
          await worker.close()
        }
      }
    }
    loads.push({ title, of })
  }
  return loads
}

function report({ peers, speeds, loads, rounds, notes, loadAverages }) {
  const others = peers.slice(1)
  const title = ({ name, version }) => (version ? `${name} ${version}` : name)
  const ratioOf = (ours, theirs) =>
    theirs?.length ? `${(median(ours) / median(theirs)).toFixed(1)}x` : '-'
  const section = (kind) =>
    table(
      ['', 'heddle MB/s', ...others.map((peer) => `/ ${peer.name}`)],
      speeds.map(({ family, corpus: name, of }) => {
        const ours = of.get('heddle')[kind]
        return [
          `${family}, ${name}`,
          spread(ours),
          ...others.map((peer) => ratioOf(ours, of.get(peer.name)?.[kind])),
        ]
      }),
    )
  const loadTable = table(
    ['load, ms', ...(loads[0] ? [...loads[0].of.keys()] : [])],
    loads.map(({ title: name, of }) => [
      name,
      ...[...of.values()].map((values) => spread(values, 0)),
    ]),
  )
  const against = loads.flatMap(({ title: name, of }) => {
    const rust = of.get('rust')
    if (!rust) return []
    const part = (way) => (median(of.get(way)) / median(rust)).toFixed(2)
    return [
      `${name}: ${part('heddle')} of rust's time, ${part('heddle, own file')} from our own file.`,
    ]
  })
  return [
    `${machineLine()}, one thread. ${others.map(title).join(', ')}.`,
    `${rounds} alternating rounds, each on ${SLICE / 1e6} MB that nobody has met before (JavaScript peers: the first ` +
      `${SMALL_SLICE / 1e6} MB of it), medians (lowest-highest) in MB of UTF-8 a second. Load average ${loadAverages[0]} before, ${loadAverages[1]} after.`,
    '',
    '**Encode, the text whole**',
    '',
    section('whole'),
    '',
    `**Encode, then the same text in pieces of ${PIECE} code units**`,
    '',
    section('pieces'),
    '',
    '**Decode**',
    '',
    section('decode'),
    '',
    ...(loads.length ? ['**Load, each in a new process**', '', loadTable, '', ...against, ''] : []),
    ...notes.map((note) => `- ${note}`),
  ].join('\n')
}
