// Synthetic tokenizers: `group`, `strings` and `cases` with a whole tokenizer.json each; and the kinds of
// tokenizer files that come later (SentencePiece, tiktoken, the wrapper of Transformers).
import { sameIds, sameText } from '../compare.mjs'
import { compareAll } from './compare-all.mjs'

// Keys of a case that are not outputs.
const inputs = [
  'name',
  'tokenizer',
  'decoder',
  'input',
  'texts',
  'ids',
  'pairs',
  'words',
  'word_pairs',
].concat(['post_processor', 'truncation', 'padding', 'added'])

export function syntheticTokenizers({ content, accepts, stem }) {
  const files = ['pattern', 'pieces_table', 'sentencepiece', 'tiktoken', 'shift']
  if ('ids' in content && files.some((key) => key in content)) {
    const outputs = ['ids', 'decode', 'decode_ids_text'].filter((key) => key in content)
    return accepts(stem) ? [skipping(stem, outputs, 'this kind of tokenizer file')] : []
  }
  if (Array.isArray(content.tokenizers_cases)) {
    const names = content.tokenizers_cases.map((c) => c.name).filter((name) => accepts(stem, name))
    return names.length ? [skipping(stem, names, 'the wrapper of Transformers')] : []
  }
  const { group, cases } = content
  if (typeof group !== 'string' || !Array.isArray(cases) || !Array.isArray(content.strings))
    return undefined
  const wanted = cases.filter((c) => accepts(group, c.name, stem))
  if (wanted.length === 0) return []
  const run = ({ heddle, report }) => {
    for (const c of wanted) runCase(heddle, report, content, c)
  }
  return [{ kind: 'tokenizer', name: group, run }]
}

const skipping = (name, outputs, what) => ({
  kind: 'tokenizer',
  name,
  run: ({ report }) => {
    for (const output of outputs) report.skip(`${name}/${output}`, `${what} is not supported yet`)
  },
})

function runCase(heddle, report, content, c) {
  const name = `${content.group}/${c.name}`
  const skip = (output, why) => report.skip(`${name}/${output}`, why)
  const outputs = []
  for (const output of Object.keys(c).filter((key) => !inputs.includes(key))) {
    if (output in checks) outputs.push(output)
    else skip(output, `tokenizer output ${output} is not supported yet`)
  }
  const json = c.input ?? c.tokenizer
  if (!json) return outputs.forEach((output) => skip(output, 'a part alone is not supported yet'))
  // Transformers leaves truncation and padding to the call, and so do we.
  if (json.truncation || json.padding)
    return outputs.forEach((output) => skip(output, 'truncation of a file is not supported yet'))
  let tokenizer
  let refusal
  try {
    tokenizer = heddle.createTokenizer(json)
  } catch (error) {
    refusal = error
  }
  for (const output of outputs) {
    const where = `${name}/${output}`
    if (/UNSUPPORTED/.test(refusal?.code)) skip(output, 'a component is not supported yet')
    else if (output === 'load') report.check(where, refused(refusal, 'the file'))
    else if (refusal) report.fail(where, `${refusal.code ?? refusal.name}: ${refusal.message}`)
    else report.check(where, checks[output](tokenizer, c, content))
  }
}

/** (tokenizer, case, content) -> undefined or the difference. */
const checks = {
  load: () => undefined, // judged by the refusal alone
  encode: (t, c, { strings }) => records(t, c.texts ?? strings, c.encode, {}),
  results: (t, c) => records(t, c.texts, c.results, {}),
  encode_plain: (t, c, { strings }) =>
    records(t, c.texts ?? strings, c.encode_plain, { addSpecialTokens: false }),
  encode_special_tokens: (t, c, { strings }) =>
    records(t, strings, c.encode_special_tokens, { splitSpecialTokens: true }),
  // `pipelines` decode with special tokens left out.
  text: (t, c, { group }) => decoded(t, c, c.text, group === 'pipelines'),
  text_skip: (t, c) => decoded(t, c, c.text_skip, true),
  stream: (t, c) => streamed(t, c, c.stream, false),
  stream_skip: (t, c) => streamed(t, c, c.stream_skip, true),
}

function records(tokenizer, strings, list, options) {
  return compareAll(strings, (string, i) => {
    const want = list[i]
    if (want === undefined || want === null || want.panic) return undefined
    if (!want.error) return sameIds(tokenizer.encode(string, options), want.ids ?? want)
    try {
      tokenizer.encode(string, options)
    } catch (error) {
      return refused(error)
    }
    return refused(undefined, 'the text')
  })
}

const refused = (error, what) => (error ? undefined : `got no error, ${what} must be refused`)

const idsOf = (c) => c.ids ?? c.encode.map((record) => record.ids)

function decoded(tokenizer, c, want, skipSpecialTokens) {
  const options = { skipSpecialTokens, cleanUpTokenizationSpaces: false }
  return compareAll(idsOf(c), (ids, i) =>
    ids === undefined ? undefined : sameText(tokenizer.decode(ids, options), want[i]),
  )
}

function streamed(tokenizer, c, want, skipSpecialTokens) {
  return compareAll(idsOf(c), (ids, i) => {
    const decoder = tokenizer.streamDecoder({ skipSpecialTokens })
    for (const [k, id] of ids.entries()) {
      const difference = sameText(decoder.push(id), want[i][k] ?? '')
      if (difference) return `id ${k}: ${difference}`
    }
    return undefined
  })
}
