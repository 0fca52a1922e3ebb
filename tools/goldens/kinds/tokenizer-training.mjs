// Training of tokenizers: `corpus` and `cases` with a `trainer`, its `options` and the `tokenizer` that comes out.
// The reference does not always repeat itself; `repeatability` says in what.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compareAll } from './compare-all.mjs'
import { sameJson, sameRecords } from './encoding-records.mjs'

export function tokenizerTraining({ folder, content, accepts, stem }) {
  const { cases, corpus } = content
  if (typeof corpus !== 'string' || !Array.isArray(cases)) return undefined
  if (!cases.every((c) => 'trainer' in c && 'tokenizer' in c)) return undefined
  const wanted = cases.filter((c) => accepts(c.name, stem, 'tokenizer_training'))
  if (wanted.length === 0) return []
  const run = async ({ heddle, report }) => {
    const texts = readFileSync(join(folder, corpus), 'utf8').split('\n')
    for (const c of wanted) await runCase({ heddle, report, c, texts, strings: content.strings })
  }
  return [{ kind: 'tokenizer', name: stem, run }]
}

async function runCase({ heddle, report, c, texts, strings }) {
  const has = Object.keys(checks).filter((key) => checks[key].applies(c))
  const where = (key) => `tokenizer_training/${c.name}/${key}`
  report.start(where('...'))
  let tokenizer
  try {
    tokenizer = await heddle.trainTokenizer(skeletonOf(c), texts, optionsOf(c))
  } catch (error) {
    for (const key of has) report.fail(where(key), `${error.code ?? error.name}: ${error.message}`)
    return
  }
  const json = JSON.parse(JSON.stringify(tokenizer.pipeline.toJSON()))
  for (const key of has)
    report.check(where(key), checks[key].compare({ json, tokenizer, c, strings }))
}

// What the trainer must find by itself is left out.
function skeletonOf({ tokenizer }) {
  const { model, added_tokens: _, version: __, ...parts } = tokenizer
  const learnt = ['vocab', 'merges', 'unk_id', 'continuing_subword_prefix', 'end_of_word_suffix']
  const kept = Object.entries(model).filter(([key]) => !learnt.includes(key))
  return { ...parts, model: Object.fromEntries(kept) }
}

const optionsOf = ({ options }) =>
  Object.fromEntries(
    Object.entries(options).map(([key, value]) => [
      key.replace(/_(\w)/g, (_, letter) => letter.toUpperCase()),
      value,
    ]),
  )

const isUnigram = ({ tokenizer }) => tokenizer.model.type === 'Unigram'

const checks = {
  tokenizer: {
    applies: (c) => c.repeatability.same_file,
    compare: ({ json, c }) => sameJson(json, c.tokenizer),
  },
  pieces: {
    applies: (c) => !c.repeatability.same_file,
    compare: ({ json, c }) => samePieces(json, c),
  },
  merges: {
    applies: (c) => !c.repeatability.same_file && c.repeatability.same_merges,
    compare: ({ json, c }) =>
      sameJson({ merges: json.model.merges }, { merges: c.tokenizer.model.merges }),
  },
  scores: { applies: isUnigram, compare: ({ json, c }) => sameScores(json, c) },
  tokens: {
    applies: () => true,
    compare: ({ tokenizer, c, strings }) =>
      compareAll(strings, (string, i) => {
        if (!c.repeatability.same_segmentation[i]) return undefined
        const { tokens } = tokenizer.pipeline.encodeFull(string)
        return sameJson({ tokens }, { tokens: c.tokens[i] })
      }),
  },
  encode: {
    applies: (c) => c.repeatability.same_file,
    compare: ({ tokenizer, c, strings }) =>
      sameRecords(strings, c.encode, (string) => tokenizer.pipeline.encodeFull(string)),
  },
}

const piecesOf = ({ model }) =>
  new Set(
    Array.isArray(model.vocab) ? model.vocab.map(([piece]) => piece) : Object.keys(model.vocab),
  )

/** Equal sets of pieces, but for those that the reference itself learns only now and then. */
function samePieces(json, c) {
  const got = piecesOf(json)
  const want = piecesOf(c.tokenizer)
  const unstable = new Set(c.unstable_pieces)
  const missing = [...want].filter((piece) => !got.has(piece) && !unstable.has(piece))
  const extra = [...got].filter((piece) => !want.has(piece) && !unstable.has(piece))
  if (missing.length === 0 && extra.length === 0 && got.size === want.size) return undefined
  const show = (list) => `${list.length} ${JSON.stringify(list.slice(0, 3))}`
  return `${got.size} pieces, expected ${want.size}; missing ${show(missing)}, more ${show(extra)}`
}

function sameScores(json, c) {
  const bound = Math.max(1e-3, c.repeatability.max_score_difference)
  const want = new Map(c.tokenizer.model.vocab)
  let largest = 0
  let at = ''
  for (const [piece, score] of json.model.vocab) {
    const difference = Math.abs(score - (want.get(piece) ?? score))
    if (difference <= largest) continue
    largest = difference
    at = piece
  }
  const compared = json.model.vocab.filter(([piece]) => want.has(piece)).length
  if (compared === 0) return 'no piece in common'
  if (largest <= bound) return undefined
  return `largest difference ${largest} at ${JSON.stringify(at)}, bound ${bound}`
}
