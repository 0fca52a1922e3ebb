// A real-model file: `fixture` and `prompts` (sentences and clips belong to models that come later).
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { near, sameIds, sameText } from '../compare.mjs'
import { folderOf } from '../fixtures.mjs'
import { teacherForced } from '../teacher-forced.mjs'

const logitBound = 1e-3
const lossBound = 1e-4

export function realModel({ content, accepts }) {
  const list = ['prompts', 'sentences', 'clips'].find((key) => Array.isArray(content[key]))
  const fixture = content.fixture ?? content.weights?.fixture
  if (!list || typeof fixture !== 'string') return undefined
  if (!accepts(fixture, content.config?.fixture)) return []
  const run = (context) => runModel({ ...context, golden: content, fixture, list })
  return [{ kind: 'real', name: fixture, run }]
}

// What a prompt can hold: [name of the result, its value in the golden].
const outputs = [
  ['ids', (p) => p.prompt_ids ?? p.ids],
  ['greedy', (p) => p.greedy_ids ?? p.greedy],
  ['text', (p) => p.text ?? p.greedy_text],
  ['last_logits', (p) => p.last_logits],
  ['nll_prompt', (p) => p.nll_prompt],
  ['nll_all', (p) => p.nll_all ?? p.mean_nll_prompt_and_greedy],
]
const notOutputs = ['text', 'prompt', 'file', 'samples', 'reference']

async function runModel(state) {
  const { heddle, report, golden, fixture, list } = state
  const named = (i, output) => `${fixture}/${list.slice(0, -1)}${i}/${output}`
  const isPooled = list === 'prompts' && golden.prompts.some((p) => p.bf16_torch)
  const skipAll = (why) => {
    golden[list].forEach((entry, i) => {
      const names =
        list === 'prompts'
          ? outputs.filter(([, get]) => get(entry) !== undefined).map(([name]) => name)
          : Object.keys(entry).filter((key) => !notOutputs.includes(key))
      for (const name of names) report.skip(named(i, name), why)
    })
    if (isPooled) report.skip(`${fixture}/bf16`, why)
  }
  if (list !== 'prompts') return skipAll(`${list} are not supported yet`)
  const folder = folderOf(heddle, fixture)
  if (!folder) return skipAll(notFetched(fixture))
  const models = []
  const load = async (dtype) => {
    models.push(await heddle.AutoModelForCausalLM.fromPretrained(folder, { dtype }))
    return models.at(-1)
  }
  try {
    const model = await load('f32')
    const half = isPooled ? await load('bf16') : undefined
    const tokenizer = await tokenizerOf(heddle, golden, folder)
    const pool = new Pool()
    for (const [i, prompt] of golden.prompts.entries()) {
      const name = (output) => named(i, output)
      report.start(name('...'))
      if (tokenizer) checkTokenizer({ report, tokenizer, prompt, name })
      else {
        for (const output of ['ids', 'text'])
          report.skip(name(output), notFetched(golden.tokenizer.fixture))
      }
      await checkModel({ heddle, report, model, half, prompt, name, pool })
    }
    if (half) report.check(`${fixture}/bf16`, pool.faults())
  } finally {
    for (const model of models) model.dispose()
  }
}

const notFetched = (name) =>
  `fixture ${name} was not fetched (node tools/real-fixtures/real-fixtures.mjs get ${name})`

async function tokenizerOf(heddle, golden, folder) {
  const home = golden.tokenizer ? folderOf(heddle, golden.tokenizer.fixture) : folder
  const file = home && join(home, golden.tokenizer?.file ?? 'tokenizer.json')
  return file && existsSync(file) ? heddle.AutoTokenizer.fromPretrained(dirname(file)) : undefined
}

function checkTokenizer({ report, tokenizer, prompt, name }) {
  const [ids, greedy, text] = outputs.map(([, get]) => get(prompt))
  if (ids) report.check(name('ids'), sameIds(encode(tokenizer, prompt), ids))
  if (text === undefined || !greedy) return
  // `text` is the new tokens decoded alone, `greedy_text` what they add to the prompt.
  const got =
    prompt.text !== undefined
      ? tokenizer.decode(greedy)
      : tokenizer.decode([...ids, ...greedy]).slice(tokenizer.decode(ids).length)
  report.check(name('text'), sameText(got, text))
}

function encode(tokenizer, { prompt }) {
  if (typeof prompt === 'string') return tokenizer.encode(prompt)
  return tokenizer.applyChatTemplate(prompt, { addGenerationPrompt: true, tokenize: true })
}

async function checkModel({ heddle, report, model, half, prompt, name, pool }) {
  const [ids, greedy, , lastLogits, nllPrompt, nllAll] = outputs.map(([, get]) => get(prompt))
  if (greedy) {
    const { newTokens } = await heddle.generate(model, ids, {
      doSample: false,
      maxNewTokens: greedy.length,
      // Files without `stopped` were made past every end token.
      ...(prompt.stopped === undefined ? { eosTokenId: null } : {}),
    })
    report.check(name('greedy'), sameIds(newTokens[0], greedy))
  }
  const all = [...ids, ...(greedy ?? [])]
  const scores = await teacherForced(heddle, model, half, all, { keepAt: ids.length - 1 })
  if (lastLogits) report.check(name('last_logits'), compareLogits(scores.kept, lastLogits))
  const losses = scores.losses
  if (nllPrompt !== undefined)
    report.check(
      name('nll_prompt'),
      near(mean(losses.slice(0, ids.length - 1)), nllPrompt, lossBound),
    )
  if (nllAll !== undefined) report.check(name('nll_all'), near(mean(losses), nllAll, lossBound))
  if (half && prompt.bf16_torch) pool.add(scores, all.length, prompt.bf16_torch)
}

const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length

/** The stored logits by id, and where the golden has them their mean, deviation and extremes. */
function compareLogits(row, { ids, values, ...statistics }) {
  for (const [k, id] of ids.entries()) {
    const difference = near(row[id], values[k], logitBound)
    if (difference) return `logit of id ${id}: ${difference}`
  }
  const average = mean(row)
  const got = {
    mean: average,
    std: Math.sqrt(row.reduce((sum, v) => sum + (v - average) ** 2, 0) / (row.length - 1)),
    max: row.reduce((a, b) => Math.max(a, b)),
    min: row.reduce((a, b) => Math.min(a, b)),
  }
  for (const key of Object.keys(got)) {
    const want = statistics[key]
    const difference = want === undefined ? undefined : near(got[key], want, logitBound)
    if (difference) return `${key} of the logits: ${difference}`
  }
  return undefined
}

/** How far a bf16 run is from our own f32 one over all tokens of all prompts, next to how far torch's is. */
class Pool {
  #tokens = 0
  #losses = 0
  #loss = 0
  #halfLoss = 0
  #kl = 0
  #top1 = 0
  #torchKl = 0
  #torchTop1 = 0

  add({ losses, halfLosses, kl, sameTop1 }, tokens, torch) {
    this.#tokens += tokens
    this.#losses += losses.length
    this.#loss += losses.reduce((a, b) => a + b, 0)
    this.#halfLoss += halfLosses.reduce((a, b) => a + b, 0)
    this.#kl += kl
    this.#top1 += sameTop1
    this.#torchKl += torch.mean_kl * tokens
    this.#torchTop1 += torch.same_top1 * tokens
  }

  /** Undefined within the bounds of the README, else what is outside. */
  faults() {
    const n = this.#tokens
    const [kl, klBound] = [this.#kl / n, (1.5 * this.#torchKl) / n]
    const [top1, top1Bound] = [this.#top1 / n, this.#torchTop1 / n - 0.01]
    const loss = Math.abs(this.#halfLoss - this.#loss) / this.#losses
    const faults = []
    if (!(kl <= klBound)) faults.push(`mean KL ${kl}, bound ${klBound}`)
    if (!(top1 >= top1Bound)) faults.push(`same best token ${top1}, bound at least ${top1Bound}`)
    if (!(loss <= 0.01)) faults.push(`mean loss ${loss} from that of f32, bound 0.01`)
    return faults.length ? faults.join('; ') : undefined
  }
}
