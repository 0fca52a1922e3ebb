// Tokenizer files other than tokenizer.json: `ids` by sentencepiece or tiktoken from the file itself, which lies
// beside the golden or in a fixture. No special token is known to either of them.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sameIds, sameText } from '../compare.mjs'
import { folderOf } from '../fixtures.mjs'
import { findJson } from '../json-files.mjs'
import { compareAll } from './compare-all.mjs'

const isStrings = (json) =>
  Array.isArray(json) && json.length > 0 && json.every((item) => typeof item === 'string')

export function tokenizerFiles({ folder, stem: name, content, accepts }) {
  const isKnown = ['sentencepiece', 'tiktoken'].some((library) => library in content)
  if (!isKnown || typeof content.file !== 'string' || !Array.isArray(content.ids)) return undefined
  if (!accepts(name)) return []
  const outputs = ['ids', 'decode', 'decode_ids_text'].filter((key) => key in content)
  const run = ({ heddle, report }) => {
    const skip = (why) => outputs.forEach((output) => report.skip(`${name}/${output}`, why))
    const strings = findJson(folder, 'texts of files', isStrings)
    if (!strings) return skip('the list of strings is not beside the golden')
    const home = content.fixture ? folderOf(heddle, content.fixture) : folder
    const path = home && join(home, content.file)
    if (!path || !existsSync(path)) {
      const what = content.fixture ? `fixture ${content.fixture}` : content.file
      return skip(`${what} was not fetched`)
    }
    let tokenizer
    try {
      const files = new Map([[content.file, new Uint8Array(readFileSync(path))]])
      tokenizer = heddle.createTokenizer(heddle.readTokenizerFiles(files).tokenizer)
    } catch (error) {
      const what = `${error.code ?? error.name}: ${error.message}`
      for (const output of outputs) report.fail(`${name}/${output}`, what)
      return
    }
    const checks = columns(tokenizer, content, strings)
    for (const output of outputs) {
      report.start(`${name}/${output}`)
      report.check(`${name}/${output}`, checks[output]())
    }
  }
  return [{ kind: 'tokenizer', name, run }]
}

function columns(tokenizer, golden, strings) {
  const encode = (text) =>
    tokenizer.encode(text, { addSpecialTokens: false, splitSpecialTokens: true })
  // sentencepiece writes nothing for control pieces.
  const decode = (ids) =>
    tokenizer.decode(ids, { skipSpecialTokens: true, cleanUpTokenizationSpaces: false })
  return {
    ids: () => compareAll(strings, (text, i) => sameIds(encode(text), golden.ids[i])),
    decode: () =>
      compareAll(strings, (text, i) =>
        sameText(decode(golden.ids[i]), golden.decode[i] === 0 ? text : golden.decode[i]),
      ),
    decode_ids_text: () =>
      compareAll(golden.decode_ids, (ids, i) => sameText(decode(ids), golden.decode_ids_text[i])),
  }
}
