// heddle's tokenizers through the public interface. usage: node tokenizers.mjs CACHE_FOLDER
import { AutoTokenizer } from '../../packages/tokenizers/dist/index.js'
import { timeTexts } from '../measure/time-texts.mjs'
import { serve } from './serve.mjs'

const [cacheFolder] = process.argv.slice(2)
let tokenizer

await serve({
  async load({ folder, cached = false }) {
    const started = performance.now()
    const cache = cached ? cacheFolder : false
    tokenizer = await AutoTokenizer.fromPretrained(folder, { cache, warn() {} })
    return { loadMs: performance.now() - started, version: '' }
  },
  time: (request) =>
    timeTexts(request, {
      encode: (text) => tokenizer.encode(text, { addSpecialTokens: false }),
      decode: (ids) => tokenizer.decode(ids),
    }),
})
