// Many generations of the default model: memory() must be back after each, RSS must not grow.
import { load, machineLine } from '../measure/machine.mjs'
import { WorkerProcess } from '../measure/worker-process.mjs'
import { fileURLToPath } from 'node:url'

const defaultModel = fileURLToPath(new URL('../../packages/tiny-tales/model', import.meta.url))
const worker = fileURLToPath(new URL('../workers/soak.mjs', import.meta.url))

// V8 grows its young generation to 16 MiB twice over the first minutes of any process, the later
// the less garbage is made. That hides what we leave behind, so one run has it whole from the start.
const whole = '--min-semi-space-size=16'

/** Runs the area and resolves with its report in Markdown. */
export async function soak({ rounds: generations = 2000, model, log }) {
  const folder = model ?? defaultModel
  const fixed = await measure([whole], folder, generations, (text) =>
    log(`young generation whole: ${text}`),
  )
  const grown = await measure([], folder, generations, (text) =>
    log(`young generation grows: ${text}`),
  )
  const settled = generations / 10
  return [
    `${machineLine()}. Load average ${load()} after.`,
    `${generations} generations, ${fixed.tokens} tokens in ${fixed.seconds.toFixed(0)} s, half of them sampled, a third with a static cache.`,
    '',
    `- memory() not back where it started: ${fixed.notBack + grown.notBack} times (goal: 0).`,
    `- RSS after ${settled}: ${mib(fixed.rssSettled)} MiB; after ${generations}: ${mib(fixed.rss - fixed.rssSettled)} MiB more (goal: at most 8), of which ${mib(fixed.rss - fixed.rssHalf)} in the second half. V8's young generation is whole from the start (\`${whole}\`).`,
    `- The same while V8 grows its young generation: ${mib(grown.rssSettled)} MiB; ${mib(grown.rss - grown.rssSettled)} MiB more, of which ${mib(grown.rss - grown.rssHalf)} in the second half.`,
    `- rescued by the finaliser: ${fixed.rescued + grown.rescued} (goal: 0).`,
  ].join('\n')
}

async function measure(flags, folder, generations, log) {
  const step = Math.ceil(generations / 20)
  const child = new WorkerProcess('soak', process.execPath, [...flags, worker, folder])
  try {
    await child.ask({ op: 'load' })
    const seen = { tokens: 0, notBack: 0, rssSettled: 0, rssHalf: 0 }
    const started = performance.now()
    for (let done = step; done <= generations; done += step) {
      const { tokens, notBack, rss, rescued } = await child.ask({ op: 'round', count: step })
      seen.tokens += tokens
      seen.notBack += notBack
      if (done === step * 2) seen.rssSettled = rss
      if (done === step * 10) seen.rssHalf = rss
      Object.assign(seen, { rss, rescued })
      log(`${done} of ${generations}, RSS ${mib(rss)} MiB`)
    }
    return { ...seen, seconds: (performance.now() - started) / 1000 }
  } finally {
    await child.close()
  }
}

const mib = (bytes) => (bytes / 2 ** 20).toFixed(1)
