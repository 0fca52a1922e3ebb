// @huggingface/tokenizers, or @huggingface/transformers, which is built on it. usage: node tokenizers-js-worker.mjs PACKAGE
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { timeTexts } from '../measure/time-texts.mjs'
import { serve } from '../workers/serve.mjs'

const [name] = process.argv.slice(2)
const library = await import(name)
const Tokenizer = library.Tokenizer ?? library.PreTrainedTokenizer
const version = name === '@huggingface/transformers' ? library.env.version : ''
let tokenizer

await serve({
  load({ folder }) {
    const started = performance.now()
    const read = (file) => JSON.parse(readFileSync(join(folder, file), 'utf8'))
    tokenizer = new Tokenizer(read('tokenizer.json'), read('tokenizer_config.json'))
    return { loadMs: performance.now() - started, version }
  },
  time: (request) =>
    timeTexts(request, {
      encode(text) {
        const found = tokenizer.encode(text, { add_special_tokens: false })
        return found.ids ?? found
      },
      decode: (ids) => tokenizer.decode(ids, { skip_special_tokens: false }),
    }),
})
