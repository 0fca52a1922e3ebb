// Tokenizers of real families: `ids`, `offsets`, `plain`, `text`, `text_skip` by column, with fixture and file;
// their strings are the list in the folder of the golden.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sameIds, sameText } from '../compare.mjs'
import { findJson } from '../json-files.mjs'
import { folderOf } from '../fixtures.mjs'
import { compareAll } from './compare-all.mjs'
import { sameUtf16 } from './encoding-records.mjs'

const outputs = ['ids', 'offsets', 'plain', 'text', 'text_skip']
const isText = (item) => typeof item === 'string'
const isStrings = (json) => {
  const list = Array.isArray(json) ? json : json.strings
  return Array.isArray(list) && list.length > 0 && list.every(isText)
}

export function realTokenizer({ folder, stem: name, content, accepts }) {
  if (typeof content.fixture !== 'string' || !('text' in content && 'file' in content))
    return undefined
  if (!accepts(name)) return []
  const run = ({ heddle, report }) => {
    const own = outputs.filter((output) => output in content)
    const skip = (why) => own.forEach((output) => report.skip(`${name}/${output}`, why))
    const strings = findJson(folder, 'strings', isStrings)
    if (!strings) return skip('the list of strings is not beside the golden')
    const home = folderOf(heddle, content.fixture)
    const file = home && join(home, content.file)
    if (!file || !existsSync(file)) return skip(`fixture ${content.fixture} was not fetched`)
    let tokenizer
    try {
      // The file alone, as the reference used it: no configuration beside it, truncation and padding off.
      const json = JSON.parse(readFileSync(file, 'utf8'))
      const pipeline = new heddle.Pipeline({ ...json, truncation: null, padding: null })
      tokenizer = new heddle.Tokenizer(pipeline)
    } catch (error) {
      for (const output of own) report.fail(`${name}/${output}`, `${error.code}: ${error.message}`)
      return
    }
    const checks = columns(tokenizer, content, Array.isArray(strings) ? strings : strings.strings)
    for (const output of own) {
      report.start(`${name}/${output}`)
      report.check(`${name}/${output}`, checks[output]())
    }
  }
  return [{ kind: 'tokenizer', name, run }]
}

function columns(tokenizer, golden, strings) {
  const plain = (i) => {
    const { plain: list, ids } = golden
    if (list[i] === 0) return ids[i]
    if (list[i].length !== 2) return list[i]
    return ids[i].slice(list[i][0], list[i][0] + list[i][1])
  }
  const text = (i) => (golden.text[i] === 0 ? strings[i] : golden.text[i])
  const textSkip = (i) => {
    const stored = golden.text_skip[i]
    return stored === 0 ? strings[i] : stored === 1 ? text(i) : stored
  }
  const decode = (i, skipSpecialTokens) =>
    tokenizer.decode(golden.ids[i], { skipSpecialTokens, cleanUpTokenizationSpaces: false })
  const each = (compare) => () => compareAll(strings, compare)
  return {
    ids: each((string, i) => sameIds(tokenizer.encode(string), golden.ids[i])),
    offsets: each((string, i) => {
      const encoding = tokenizer.pipeline.encodeFull(string)
      return (
        sameIds(encoding.ids, golden.ids[i]) ??
        sameIds(encoding.offsets.flat(), golden.offsets[i]) ??
        sameUtf16(encoding, string)
      )
    }),
    plain: each((string, i) =>
      sameIds(tokenizer.encode(string, { addSpecialTokens: false }), plain(i)),
    ),
    text: each((_, i) => sameText(decode(i, false), text(i))),
    text_skip: each((_, i) => sameText(decode(i, true), textSkip(i))),
  }
}
