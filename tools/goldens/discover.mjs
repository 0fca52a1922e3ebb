// Recognises goldens by content, never by folder or file name.
import { dirname } from 'node:path'
import { jsonFiles, readJson, stemOf } from './json-files.mjs'
import { chatIndex, chatTemplate } from './kinds/chat.mjs'
import { checkpoint } from './kinds/checkpoint.mjs'
import { ggufBlocks } from './kinds/gguf.mjs'
import { later } from './kinds/later.mjs'
import { operations } from './kinds/ops.mjs'
import { processors } from './kinds/processors.mjs'
import { realModel } from './kinds/real.mjs'
import { strategies } from './kinds/strategies.mjs'
import { syntheticTokenizers } from './kinds/synthetic-tokenizers.mjs'
import { tokenizerFiles } from './kinds/tokenizer-files.mjs'
import { tokenizerTraining } from './kinds/tokenizer-training.mjs'
import { tokenizerWrapper } from './kinds/tokenizer-wrapper.mjs'
import { realTokenizer } from './kinds/tokenizers.mjs'

// In order; the first that knows the content takes the file. A recogniser returns undefined for content
// that is not its own, and the (filtered) list of sources otherwise.
const kinds = [
  checkpoint,
  realModel,
  tokenizerFiles,
  realTokenizer,
  tokenizerWrapper,
  tokenizerTraining,
  syntheticTokenizers,
  chatTemplate,
  chatIndex,
  processors,
  strategies,
  operations,
  ggufBlocks,
  ...later,
]

/** Sources at and below `root` that pass the filter: `{ kind, name, run({ heddle, report }) }`. */
export function discover(root, accepts) {
  const sources = []
  for (const path of jsonFiles(root)) {
    const content = readJson(path)
    if (typeof content !== 'object' || content === null || Array.isArray(content)) continue
    const file = { path, root, folder: dirname(path), stem: stemOf(path), content, accepts }
    for (const recognise of kinds) {
      const found = recognise(file)
      if (!found) continue
      sources.push(...found)
      break
    }
  }
  return sources
}
