// How late timers of the event loop are while a long prompt is prefilled and text is generated.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { availableParallelism } from 'node:os'
import { modelFolder, syntheticIds } from '../measure/fixtures.mjs'
import { load, machineLine } from '../measure/machine.mjs'
import { table } from '../measure/numbers.mjs'

const promptTokens = 4617
const newTokens = 200
const resolution = 5

/** Runs the area and resolves with its report in Markdown. */
export async function loop({ threads = availableParallelism(), model, log }) {
  const { heddle, setNumThreads } = await import('../measure/heddle.mjs')
  setNumThreads(threads)
  const loaded = await heddle.AutoModelForCausalLM.fromPretrained(model ?? modelFolder('smollm2'))
  const generate = async (count, maxNewTokens) => {
    const options = { maxNewTokens, doSample: false, eosTokenId: null }
    const times = [performance.now()]
    for await (const _ of heddle.stream(loaded, syntheticIds(count), options)) {
      times.push(performance.now())
    }
    return { prefillMs: times[1] - times[0], decodeMs: times.at(-1) - times[1] }
  }
  log('warm up')
  await generate(300, 8)
  log(`prefill ${promptTokens}, generate ${newTokens}`)
  const before = load()
  const histogram = monitorEventLoopDelay({ resolution })
  histogram.enable()
  const { prefillMs, decodeMs } = await generate(promptTokens, newTokens)
  histogram.disable()
  loaded.dispose()
  const ms = (value) => (value / 1e6).toFixed(2)
  const rows = [50, 90, 99, 99.9].map((part) => [`p${part}`, ms(histogram.percentile(part))])
  const excess = histogram.percentile(99) / 1e6 - resolution
  return [
    `${machineLine()}, ${threads} threads. Load average ${before} before, ${load()} after.`,
    `Prompt of ${promptTokens} tokens in ${(prefillMs / 1000).toFixed(1)} s, then ${newTokens} tokens in ${(decodeMs / 1000).toFixed(1)} s.`,
    '',
    table(['delay', `ms, at a resolution of ${resolution}`], [...rows, ['max', ms(histogram.max)]]),
    '',
    `p99 - ${resolution} ms = ${excess.toFixed(2)} ms (goal: below 10 ms).`,
  ].join('\n')
}
