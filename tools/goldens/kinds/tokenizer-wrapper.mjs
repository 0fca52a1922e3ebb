// The wrapper of Transformers: a tokenizer with options, and what its calls, properties and methods gave.
import { sameText } from '../compare.mjs'
import { compareAll } from './compare-all.mjs'

export function tokenizerWrapper({ content, accepts, stem }) {
  if (!Array.isArray(content.tokenizers_cases)) return undefined
  const wanted = content.tokenizers_cases.filter((c) => accepts(stem, c.name))
  const run = ({ heddle, report }) => {
    for (const c of wanted) runCase(heddle, report, `${stem}/${c.name}`, c)
  }
  return wanted.length ? [{ kind: 'tokenizer', name: stem, run }] : []
}

function runCase(heddle, report, name, c) {
  const fresh = () =>
    heddle.createTokenizer(c.tokenizer, { config: c.options, warn: () => undefined })
  const check = (output, compare) => {
    report.start(`${name}/${output}`)
    let difference
    try {
      difference = compare()
    } catch (error) {
      difference = `${error.code ?? error.name}: ${error.message}`
    }
    report.check(`${name}/${output}`, difference)
  }
  c.calls.forEach((call, i) => check(`calls/${i}`, () => called(fresh(), call)))
  for (const [key, want] of Object.entries(c.properties)) {
    check(`properties/${key}`, () => same(property(fresh(), key), want))
  }
  check('methods', () => compareAll(c.methods, (method) => methods(fresh(), method)))
  c.pad_method.forEach((call, i) => check(`pad_method/${i}`, () => padded(fresh(), call)))
  for (const [key, want] of Object.entries(c.added)) {
    if (key !== 'texts') check(`added/${key}`, () => same(added(fresh(), c.added)[key], want))
  }
  check('tokenizer_after', () => same(fresh().pipeline.toJSON(), c.tokenizer_after))
}

const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase())
const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
const keys = (object, change) =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [change(key), value]))

// The reference was tokenizers 0.23.2, which lost the text behind the word that was cut.
const overflow = 'word'

function called(tokenizer, { args, kwargs, result }) {
  if (result.panic) return undefined
  const [texts, textPair] = args
  const options = { ...keys(kwargs, camel), textPair, overflow }
  if (result.error) return refused(() => tokenizer.call(texts, options))
  const batch = tokenizer.call(texts, options)
  const { utf16OffsetMapping: _, ...data } = batch.data
  const got = keys(data, snake)
  // Transformers gives the row of a single text bare; `call` always gives rows.
  const isBare = result.data.input_ids.length > 0 && !Array.isArray(result.data.input_ids[0])
  const rows = isBare || result.data.input_ids.length === 0
  if (rows) for (const key of Object.keys(got)) got[key] = got[key][0]
  const records = batch.encodings.map((_, row) => row)
  return (
    same(got, result.data, 'data') ??
    same(
      records.map((row) => batch.tokens(row)),
      result.tokens,
      'tokens',
    ) ??
    same(
      records.map((row) => batch.wordIds(row)),
      result.word_ids,
      'word_ids',
    ) ??
    same(
      records.map((row) => batch.sequenceIds(row)),
      result.sequence_ids,
      'sequence_ids',
    )
  )
}

function padded(tokenizer, { input, kwargs, result }) {
  const encoded = Array.isArray(input) ? input.map((row) => keys(row, camel)) : keys(input, camel)
  const pad = () => tokenizer.pad(encoded, keys(kwargs, camel))
  return result.error ? refused(pad) : same(keys(pad(), snake), result)
}

const names = { length: 'size', all_special_ids: 'allSpecialIds' }

function property(tokenizer, key) {
  if (key === 'special_tokens_map') return keys(tokenizer.specialTokens, (name) => `${name}_token`)
  if (key === 'num_special_tokens_to_add') {
    return [false, true].map((isPair) => tokenizer.numSpecialTokensToAdd(isPair))
  }
  const value = tokenizer[names[key] ?? camel(key)]
  return value === undefined || value === Infinity ? null : value
}

function methods(tokenizer, want) {
  const { text } = want
  const ids = tokenizer.encode(text)
  const skip = { skipSpecialTokens: true }
  // Transformers leaves the spaces of BPE alone even when it is asked to clean them up.
  const cleans = (clean) => ({ ...skip, cleanUpTokenizationSpaces: clean })
  const isBpe = tokenizer.pipeline.model.kind === 'BPE'
  const got = {
    text,
    tokenize: tokenizer.tokenize(text),
    tokenize_special: tokenizer.tokenize(text, { addSpecialTokens: true }),
    encode: ids,
    encode_plain: tokenizer.encode(text, { addSpecialTokens: false }),
    tokens: tokenizer.convertIdsToTokens(ids),
    tokens_skip: tokenizer.convertIdsToTokens(ids, skip),
    back: tokenizer.convertTokensToIds(tokenizer.convertIdsToTokens(ids)),
    decode: tokenizer.decode(ids),
    decode_skip: tokenizer.decode(ids, skip),
    decode_clean: tokenizer.decode(ids, cleans(!isBpe)),
    decode_noclean: tokenizer.decode(ids, cleans(false)),
    to_string: tokenizer.convertTokensToString(tokenizer.convertIdsToTokens(ids)),
  }
  return same(got, want)
}

/** Adds the tokens that the reference was given, in its order. */
function added(tokenizer, { texts, vocab }) {
  const returned = [
    tokenizer.addTokens(['newword', 'hello']),
    tokenizer.addSpecialTokens({ extraSpecialTokens: ['<extra>', '<extra2>'] }),
    tokenizer.addTokens({ content: '<lst>', lstrip: true }, { special: true }),
  ]
  const encode = texts.map((text) => tokenizer.encode(text))
  const all = tokenizer.getVocab()
  return {
    returned,
    length: tokenizer.size,
    vocab: Object.fromEntries(Object.keys(vocab).map((token) => [token, all.get(token)])),
    all_special_tokens: tokenizer.allSpecialTokens,
    encode,
    decode: tokenizer.batchDecode(encode),
    decode_skip: tokenizer.batchDecode(encode, { skipSpecialTokens: true }),
  }
}

function refused(run) {
  try {
    run()
  } catch (error) {
    return error.name === 'TokenizerError' ? undefined : `${error.name}: ${error.message}`
  }
  return 'got no error, the call must be refused'
}

/** Equal JSON, objects with their keys in any order; else where they differ first. */
function same(got, want, at = '') {
  const isObject = (value) => typeof value === 'object' && value !== null
  if (!isObject(got) || !isObject(want) || Array.isArray(got) !== Array.isArray(want)) {
    if (got === want) return undefined
    if (typeof got === 'string' && typeof want === 'string') {
      const difference = sameText(got, want)
      return difference && `${at}: ${difference}`
    }
    return `${at}: got ${show(got)}, want ${show(want)}`
  }
  const all = new Set([...Object.keys(got), ...Object.keys(want)])
  for (const key of all) {
    if (!(key in got) || !(key in want))
      return `${at}.${key}: ${key in got ? 'not wanted' : 'missing'}`
    const difference = same(got[key], want[key], `${at}.${key}`)
    if (difference) return difference
  }
  return undefined
}

const show = (value) => (JSON.stringify(value) ?? 'nothing').slice(0, 60)
