// heddle through its public interface. usage: node heddle.mjs MODEL THREADS OPTIONS_AS_JSON
import { serve, timeTokens } from './serve.mjs'
import { deviceInfo, heddle, measureBandwidth, setNumThreads } from '../measure/heddle.mjs'

const [path, threads, options] = process.argv.slice(2)
setNumThreads(Number(threads))
const bandwidthBytes = 512e6
let model

await serve({
  async load() {
    const started = performance.now()
    model = await heddle.AutoModelForCausalLM.fromPretrained(path, JSON.parse(options))
    return { loadMs: performance.now() - started, level: deviceInfo().level }
  },
  async round({ ids, decode }) {
    const options = { maxNewTokens: decode + 8, doSample: false, eosTokenId: null }
    const tokens = heddle.stream(model, ids, options)[Symbol.asyncIterator]()
    const started = performance.now()
    await tokens.next()
    const prefill = (ids.length * 1000) / (performance.now() - started)
    const rate = await timeTokens(() => tokens.next(), decode)
    await tokens.return()
    return { prefill, decode: rate, rss: process.memoryUsage().rss }
  },
  async bandwidth() {
    return { bytesPerSecond: await measureBandwidth(bandwidthBytes, 3) }
  },
})
