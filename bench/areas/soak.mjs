// Many generations of the default model: memory() must be back after each, RSS must not grow.
import { load, machineLine } from '../measure/machine.mjs'
import { fileURLToPath } from 'node:url'

const defaultModel = fileURLToPath(new URL('../../packages/tiny-tales/model', import.meta.url))

/** Runs the area and resolves with its report in Markdown. */
export async function soak({ rounds: generations = 2000, model, log }) {
  const settled = generations / 10
  const { heddle, memory } = await import('../measure/heddle.mjs')
  const folder = model ?? defaultModel
  const tokenizer = await heddle.AutoTokenizer.fromPretrained(folder)
  const loaded = await heddle.AutoModelForCausalLM.fromPretrained(folder)
  const ids = tokenizer.encode('Once upon a time, a little girl named Lily went to the park')
  await heddle.generate(loaded, ids, { maxNewTokens: 4 })
  const start = memory()
  let rssSettled = 0
  let rssHalf = 0
  let notBack = 0
  let tokens = 0
  const started = performance.now()
  for (let i = 1; i <= generations; i++) {
    const { newTokens } = await heddle.generate(loaded, ids.slice(0, 2 + (i % (ids.length - 1))), {
      maxNewTokens: 8 + (i % 40),
      doSample: i % 2 === 0,
      temperature: 0.8,
      seed: i,
      cacheImplementation: i % 3 === 0 ? 'static' : 'dynamic',
    })
    tokens += newTokens[0].length
    const now = memory()
    if (now.tensors !== start.tensors || now.bytes !== start.bytes) notBack++
    if (i === settled) rssSettled = process.memoryUsage().rss
    if (i === generations / 2) rssHalf = process.memoryUsage().rss
    if (i % 100 === 0) log(`${i} of ${generations}, RSS ${mib(process.memoryUsage().rss)} MiB`)
  }
  const seconds = (performance.now() - started) / 1000
  const rss = process.memoryUsage().rss
  const end = memory()
  loaded.dispose()
  return [
    `${machineLine()}. Load average ${load()} after.`,
    `${generations} generations, ${tokens} tokens in ${seconds.toFixed(0)} s, half of them sampled, a third with a static cache.`,
    '',
    `- memory() not back where it started: ${notBack} times (goal: 0).`,
    `- RSS after ${settled}: ${mib(rssSettled)} MiB; after ${generations}: ${mib(rss - rssSettled)} MiB more (goal: at most 8), of which ${mib(rss - rssHalf)} in the second half.`,
    `- rescued by the finaliser: ${end.rescued} (goal: 0).`,
  ].join('\n')
}

const mib = (bytes) => (bytes / 2 ** 20).toFixed(1)
