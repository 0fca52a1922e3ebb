// Generations of one model with changing prompts, lengths and options. usage: node soak.mjs MODEL_DIR
import { serve } from './serve.mjs'
import { heddle, memory } from '../measure/heddle.mjs'

const [folder] = process.argv.slice(2)
let model
let ids
let start
let done = 0

await serve({
  async load() {
    const tokenizer = await heddle.AutoTokenizer.fromPretrained(folder)
    model = await heddle.AutoModelForCausalLM.fromPretrained(folder)
    ids = tokenizer.encode('Once upon a time, a little girl named Lily went to the park')
    await heddle.generate(model, ids, { maxNewTokens: 4 })
    start = memory()
    return {}
  },
  /** Runs `count` generations: tokens made, how often memory() was not back, what RSS is now. */
  async round({ count }) {
    let notBack = 0
    let tokens = 0
    for (const end = done + count; done < end; ) {
      const i = ++done
      const { newTokens } = await heddle.generate(model, ids.slice(0, 2 + (i % (ids.length - 1))), {
        maxNewTokens: 8 + (i % 40),
        doSample: i % 2 === 0,
        temperature: 0.8,
        seed: i,
        cacheImplementation: i % 3 === 0 ? 'static' : 'dynamic',
      })
      tokens += newTokens[0].length
      const now = memory()
      if (now.tensors !== start.tensors || now.bytes !== start.bytes) notBack++
    }
    return { notBack, tokens, rss: process.memoryUsage().rss, rescued: memory().rescued }
  },
})
