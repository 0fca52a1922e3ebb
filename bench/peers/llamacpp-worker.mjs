// llama.cpp through node-llama-cpp. usage: node llamacpp-worker.mjs FILE.gguf THREADS
import { getLlama } from 'node-llama-cpp'
import { serve, timeTokens } from '../workers/serve.mjs'

const [path, threads] = process.argv.slice(2)
const maxThreads = Number(threads)
let sequence

await serve({
  async load({ contextSize }) {
    const llama = await getLlama({
      gpu: false,
      maxThreads,
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      logLevel: 'error',
    })
    const started = performance.now()
    const model = await llama.loadModel({ modelPath: path })
    const loadMs = performance.now() - started
    const context = await model.createContext({
      contextSize,
      batchSize: 512,
      threads: { ideal: maxThreads, min: maxThreads },
    })
    sequence = context.getSequence()
    return { loadMs }
  },
  async round({ ids, decode }) {
    await sequence.clearHistory()
    const started = performance.now()
    await sequence.evaluateWithoutGeneratingNewTokens(ids)
    const prefill = (ids.length * 1000) / (performance.now() - started)
    const tokens = sequence.evaluate([ids[1]], { temperature: 0 })
    const rate = await timeTokens(() => tokens.next(), decode)
    await tokens.return()
    return { prefill, decode: rate, rss: process.memoryUsage().rss }
  },
})
