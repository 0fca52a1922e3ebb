// What a case of the synthetic tokenizers may hold, and how each output is compared.
import { sameIds, sameText } from '../compare.mjs'
import { compareAll } from './compare-all.mjs'
import { refuses, sameJson, sameRecord, sameRecords } from './encoding-records.mjs'
import { sameMapping } from './tokenizer-mapping.mjs'

/** Keys of a case that are not outputs. */
export const inputKeys = new Set(
  'name tokenizer decoder input texts ids pairs words word_pairs post_processor truncation padding'
    .split(' ')
    // A property of the reference that was set for `encode_special_tokens`.
    .concat('encode_with_special_split_flag'),
)

/** ({ tokenizer, c, content }) -> undefined or the difference. */
export const outputs = {
  encode: (at) => encoded(at, at.c.texts ?? at.content.strings, at.c.encode),
  results: (at) => encoded(at, at.c.texts, at.c.results),
  encode_plain: (at) => encoded(at, at.c.texts ?? at.content.strings, at.c.encode_plain, plain),
  encode_special_tokens: (at) =>
    encoded(at, at.content.strings, at.c.encode_special_tokens, { splitSpecialTokens: true }),
  pair_encode: (at) => encoded(at, at.c.pairs, at.c.pair_encode),
  pair_encode_plain: (at) => encoded(at, at.c.pairs, at.c.pair_encode_plain, plain),
  words_encode: (at) => encoded(at, at.content.words.map(one), at.c.words_encode),
  word_pairs_encode: (at) => encoded(at, at.content.word_pairs, at.c.word_pairs_encode),
  mapping: ({ tokenizer, c }) =>
    compareAll(c.mapping, (want, i) => sameMapping(encodeOne(tokenizer, c.pairs[i], {}), want)),
  normalize: ({ tokenizer, c, content }) =>
    each(content.strings, c.normalize, (text, want) =>
      sameText(tokenizer.pipeline.normalize(text), want),
    ),
  pre: ({ tokenizer, c, content }) =>
    each(content.strings, c.pre, (text, want) => {
      const got = tokenizer.pipeline.preTokenize(text)
      return sameJson(
        got.map((piece) => [piece.text, ...piece.offsets]),
        want,
      )
    }),
  // `pipelines` decode with special tokens left out.
  text: (at) => decoded(at, at.c.text, at.content.group === 'pipelines'),
  text_skip: (at) => decoded(at, at.c.text_skip, true),
  stream: (at) => streamed(at, at.c.stream, false),
  stream_skip: (at) => streamed(at, at.c.stream_skip, true),
  decode_tokens: ({ tokenizer, c, content }) =>
    each(content.tokens, c.decode_tokens, (tokens, want) =>
      sameText(tokenizer.convertTokensToString(tokens), want),
    ),
  size: ({ tokenizer, c }) => sameIds([tokenizer.size, tokenizer.vocabSize], c.size),
  added: ({ heddle, c }) => sameIds([addAgain(heddle, c)], [c.added]),
  reload_equal: ({ heddle, tokenizer }) => {
    const json = tokenizer.pipeline.toJSON()
    return sameJson(new heddle.Pipeline(toPlain(json)).toJSON(), toPlain(json))
  },
  tokenizer: ({ tokenizer, c }) => sameJson(tokenizer.pipeline.toJSON(), c.tokenizer),
  truncation_json: ({ tokenizer, c }) =>
    sameJson(tokenizer.pipeline.toJSON().truncation, c.truncation_json),
  padding_json: ({ tokenizer, c }) => sameJson(tokenizer.pipeline.toJSON().padding, c.padding_json),
  single: ({ tokenizer, c, content }) =>
    encoded({ tokenizer }, content.strings.slice(0, c.single.length), c.single),
  pair: ({ tokenizer, c, content }) =>
    encoded({ tokenizer }, content.pairs.slice(0, c.pair.length), c.pair),
  batch: ({ tokenizer, c, content }) =>
    compareAll(c.batch, (want, i) =>
      sameBatch(tokenizer, content.strings.slice(4 * i, 4 * i + 4), want),
    ),
  batch_pairs: ({ tokenizer, c, content }) =>
    sameBatch(tokenizer, content.pairs.slice(0, c.batch_pairs.length), c.batch_pairs),
}

const plain = { addSpecialTokens: false }
const one = (words) => [words, undefined]
const toPlain = (json) => JSON.parse(JSON.stringify(json))

function each(inputs, list, compare) {
  return compareAll(inputs, (input, i) => {
    const want = list[i]
    if (want?.panic) return undefined
    return want?.error ? refuses(() => compare(input, want), 'the input') : compare(input, want)
  })
}

// An input is a text, or a pair of texts or of lists of words; truncation and padding are those of the file.
function encodeOne(tokenizer, input, options) {
  const [text, pair] = Array.isArray(input) ? input : [input]
  return tokenizer.pipeline.encodeBatch([{ text, pair }], options)[0]
}

// Ids alone take a shorter way, which must lead to the same place.
function encoded({ tokenizer }, inputs, list, options = {}) {
  const { pipeline } = tokenizer
  const difference = sameRecords(inputs, list, (input) => encodeOne(tokenizer, input, options))
  if (difference || pipeline.truncation || pipeline.padding) return difference
  return compareAll(inputs, (input, i) => {
    const [text, pair] = Array.isArray(input) ? input : [input]
    const want = list[i]
    if (typeof text !== 'string' || !want || want.panic || want.error) return undefined
    return sameIds(pipeline.encodeIds(text, pair, options), want.ids ?? want)
  })
}

function sameBatch(tokenizer, inputs, want) {
  if (want.panic) return undefined
  const batch = inputs.map((input) => {
    const [text, pair] = Array.isArray(input) ? input : [input]
    return { text, pair }
  })
  if (want.error) return refuses(() => tokenizer.pipeline.encodeBatch(batch), 'the batch')
  const rows = tokenizer.pipeline.encodeBatch(batch)
  return compareAll(want, (record, i) => sameRecord(rows[i], record))
}

const idsOf = (c) => c.ids ?? c.encode.map((record) => record.ids)

function decoded({ tokenizer, c }, want, skipSpecialTokens) {
  const options = { skipSpecialTokens, cleanUpTokenizationSpaces: false }
  return compareAll(idsOf(c), (ids, i) =>
    ids === undefined ? undefined : sameText(tokenizer.decode(ids, options), want[i]),
  )
}

function streamed({ tokenizer, c }, want, skipSpecialTokens) {
  const options = { skipSpecialTokens, cleanUpTokenizationSpaces: false }
  return compareAll(idsOf(c), (ids, i) => {
    const decoder = tokenizer.streamDecoder(options)
    let text = ''
    // Where bytes that were text alone are none with those that follow, the reference gives up; we go on.
    const fails = want[i].error !== undefined
    for (const [k, id] of ids.entries()) {
      const got = decoder.push(id)
      if (fails) continue
      text += got
      const difference = sameText(got, want[i][k] ?? '')
      if (difference) return `id ${k}: ${difference}`
    }
    const rest = decoder.flush()
    return fails ? undefined : sameText(text + rest, tokenizer.decode(ids, options))
  })
}

// The golden was made by adding tokens to a tokenizer that had its unknown token alone, if that.
function addAgain(heddle, { tokenizer: json }) {
  const { unk_token: unknown, unk_id: unknownId, vocab } = json.model
  const base = unknown ?? vocab[unknownId]?.[0]
  const isBase = (token) => token.content === base
  const before = { ...json, added_tokens: json.added_tokens.filter(isBase) }
  const tokens = json.added_tokens.filter((token) => !isBase(token))
  return new heddle.Pipeline(before).addTokens(
    tokens.map(({ single_word: singleWord, ...token }) => ({ ...token, singleWord })),
  )
}
