// Rounds that alternate over peers, each a process of its own that holds one model: prefill and decoding.
import { load, machineLine } from './machine.mjs'
import { median, spread, table } from './numbers.mjs'
import { syntheticIds } from './fixtures.mjs'

const promptTokens = 512
// Context of the plain decode rate, as llama-bench measures it: nearly none.
const shortPrompt = 16
const decodeTokens = 64

/**
 * Times all peers and resolves with a report in Markdown. A peer is `{ name, worker, bytes, isOurs }`: a
 * WorkerProcess, and the bytes of weights that a token reads. `pairs` are the names of ratios: ours, theirs.
 * `meter` is a worker that reads memory; all workers are closed.
 */
export async function comparePeers({ peers, meter, pairs, rounds, threads, notes, log }) {
  try {
    const before = load()
    const loaded = await loadAll(peers, notes, log)
    const { results, bandwidth } = await runRounds(loaded, { meter, rounds, log })
    return report({ results, bandwidth, pairs, rounds, threads, notes, loads: [before, load()] })
  } finally {
    await Promise.all([...peers.map(({ worker }) => worker), meter].map((each) => each.close()))
  }
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

async function runRounds(peers, { meter, rounds, log }) {
  const ids = syntheticIds(promptTokens)
  const bandwidth = []
  const lists = () => ({ prefill: [], decode: [], decodeLong: [], share: [], shareLong: [] })
  const results = peers.map((peer) => ({ ...peer, ...lists(), rss: 0 }))
  // The memory's speed changes within seconds: each rate is compared with a reading right beside it.
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
      result.share.push((result.bytes * short.decode) / reading)
      result.shareLong.push((result.bytes * long.decode) / reading)
      result.rss = Math.max(result.rss, long.rss)
    }
  }
  return { results, bandwidth }
}

function report({ results, bandwidth, pairs, rounds, threads, notes, loads }) {
  const percent = (shares) => `${(100 * median(shares)).toFixed(0)} %`
  const rows = results.map(
    ({ name, bytes, prefill, decode, decodeLong, share, shareLong, loadMs, rss }) => [
      name,
      (bytes / 1e6).toFixed(0),
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
    'MB',
    `prefill(${promptTokens}) tok/s`,
    'decode tok/s',
    'of bandwidth',
    `decode after ${promptTokens}`,
    'of bandwidth',
    'load ms',
    'RSS MiB',
  ]
  const named = (name) => results.find((result) => result.name === name)
  const ratio = (a, b, what) => (median(a[what]) / median(b[what])).toFixed(2)
  const ratios = pairs
    .map(([ours, theirs]) => [named(ours), named(theirs)])
    .filter(([ours, theirs]) => ours && theirs)
    .map(([a, b]) => [
      `${a.name} / ${b.name}`,
      ratio(a, b, 'prefill'),
      ratio(a, b, 'decode'),
      ratio(a, b, 'decodeLong'),
    ])
  const { level } = results.find(({ isOurs }) => isOurs)
  return [
    `${machineLine()}, heddle at level ${level}, ${threads} threads.`,
    `${rounds} alternating rounds, medians (lowest-highest). Load average ${loads[0]} before, ${loads[1]} after.`,
    `Reading 512 MB: ${spread(bandwidth.map((value) => value / 1e9))} GB/s.`,
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
