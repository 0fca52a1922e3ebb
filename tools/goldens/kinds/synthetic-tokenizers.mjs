// Synthetic tokenizers: `group`, `strings` and `cases` with a whole tokenizer.json each.
import { refuses } from './encoding-records.mjs'
import { inputKeys, outputs } from './tokenizer-outputs.mjs'

export function syntheticTokenizers({ content, accepts, stem }) {
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

function runCase(heddle, report, content, c) {
  const name = `${content.group}/${c.name}`
  const json = jsonOf(content, c)
  if ('load' in c) {
    report.check(
      `${name}/load`,
      refuses(() => new heddle.Pipeline(json), 'the file'),
    )
    return
  }
  // A case that is its tokenizer alone serves the cases beside it.
  const keys = Object.keys(c).filter((key) => !inputKeys.has(key))
  if ('input' in c) keys.push('tokenizer')
  let tokenizer
  try {
    // The file alone: what stands beside it, or Transformers adds, is no part of these goldens.
    tokenizer = new heddle.Tokenizer(new heddle.Pipeline(json))
  } catch (error) {
    for (const key of keys) report.fail(`${name}/${key}`, `${error.code}: ${error.message}`)
    return
  }
  const setUp = () => setRows(tokenizer.pipeline, c)
  if ('setup' in c) {
    report.check(`${name}/setup`, refuses(setUp, 'the setting'))
    return
  }
  setUp()
  for (const key of keys) {
    if (!Object.hasOwn(outputs, key)) {
      report.skip(`${name}/${key}`, `tokenizer output ${key} is not known`)
      continue
    }
    report.start(`${name}/${key}`)
    let difference
    try {
      difference = outputs[key]({ heddle, tokenizer, c, content })
    } catch (error) {
      difference = `${error.code ?? error.name}: ${error.message}`
    }
    report.check(`${name}/${key}`, difference)
  }
}

/** The tokenizer.json of a case: its own, that of the case `base`, or one around a decoder. */
function jsonOf(content, c) {
  if (c.input ?? c.tokenizer) return c.input ?? c.tokenizer
  if (c.decoder) {
    return { version: '1.0', decoder: c.decoder, model: { type: 'BPE', vocab: {}, merges: [] } }
  }
  const { tokenizer } = content.cases.find((other) => other.name === 'base')
  return c.post_processor === false ? { ...tokenizer, post_processor: null } : tokenizer
}

/** Truncation and padding as arguments of the reference. */
function setRows(pipeline, { truncation, padding }) {
  if (truncation) {
    const { max_length: maxLength, ...others } = truncation
    // The goldens were made with 0.23.2, whose overflow ends with the word in which a text was full.
    pipeline.setTruncation({ maxLength, ...others, overflow: 'word' })
  }
  if (padding) {
    pipeline.setPadding({
      length: padding.length,
      direction: padding.direction,
      padToMultipleOf: padding.pad_to_multiple_of,
      padId: padding.pad_id,
      padTypeId: padding.pad_type_id,
      padToken: padding.pad_token,
    })
  }
}
