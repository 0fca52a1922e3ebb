// A real-model file: `fixture` and `prompts` (sentences and clips belong to models that come later).
import { join } from 'node:path'
import { sameIds, sameText } from '../compare.mjs'
import { folderOf } from '../fixtures.mjs'
import { teacherForced } from '../teacher-forced.mjs'

export function realModel({ content, accepts, stem }) {
  const list = ['prompts', 'sentences', 'clips'].find((key) => Array.isArray(content[key]))
  if (!list) return undefined
  const fixture = content.fixture ?? content.weights?.fixture
  if (typeof fixture !== 'string') return undefined
  if (!accepts(fixture)) return []
  void stem
  return [
    {
      kind: 'real',
      name: fixture,
      run: (context) => run({ ...context, golden: content, fixture, list }),
    },
  ]
}

// Outputs of a prompt: [name, key in the golden].
const outputs = [
  ['ids', (p) => p.prompt_ids ?? p.ids],
  ['last_logits', (p) => p.last_logits],
  ['greedy', (p) => p.greedy_ids ?? p.greedy],
  ['text', (p) => p.text ?? p.greedy_text],
  ['nll_prompt', (p) => p.nll_prompt],
  ['nll_all', (p) => p.nll_all ?? p.mean_nll_prompt_and_greedy],
]

async function run({ heddle, report, golden, fixture, list }) {
  const named = (i, output) => `${fixture}/${list.slice(0, -1)}${i}/${output}`
  const skipAll = (why) => {
    golden[list].forEach((entry, i) => {
      if (list !== 'prompts') report.skip(named(i, 'all'), why)
      else
        for (const [name, get] of outputs)
          if (get(entry) !== undefined) report.skip(named(i, name), why)
    })
    if (golden.prompts?.some((p) => p.bf16_torch)) report.skip(`${fixture}/bf16`, why)
  }
  if (list !== 'prompts') return skipAll(`${list} are not supported yet`)
  const folder = folderOf(heddle, fixture)
  if (!folder)
    return skipAll(
      `fixture ${fixture} was not fetched (node tools/real-fixtures/real-fixtures.mjs get ${fixture})`,
    )
  const model = await heddle.AutoModelForCausalLM.fromPretrained(folder, { dtype: 'f32' })
  const half = golden.prompts.some((p) => p.bf16_torch)
    ? await heddle.AutoModelForCausalLM.fromPretrained(folder, { dtype: 'bf16' })
    : undefined
  const pool = {
    tokens: 0,
    kl: 0,
    sameTop1: 0,
    loss: 0,
    halfLoss: 0,
    losses: 0,
    torchKl: 0,
    torchTop1: 0,
  }
  try {
    const tokenizer = await tokenizerOf(heddle, golden, folder)
    for (let i = 0; i < golden.prompts.length; i++) {
      report.start(`${fixture}/prompt${i}`)
      const prompt = golden.prompts[i]
      const state = {
        heddle,
        report,
        golden,
        model,
        half,
        tokenizer,
        prompt,
        pool,
        name: (output) => named(i, output),
      }
      await runPrompt(state)
    }
    if (half) reportPool(report, fixture, pool)
  } finally {
    model.dispose()
    half?.dispose()
  }
}

async function tokenizerOf(heddle, golden, folder) {
  if (!golden.tokenizer) return heddle.AutoTokenizer.fromPretrained(folder)
  const other = folderOf(heddle, golden.tokenizer.fixture)
  return other && heddle.AutoTokenizer.fromPretrained(join(other, golden.tokenizer.file, '..'))
}

async function runPrompt({ heddle, report, golden, model, half, tokenizer, prompt, pool, name }) {
  const [ids, lastLogits, greedy, text, nllPrompt, nllAll] = outputs.map(([, get]) => get(prompt))
  if (tokenizer) {
    report.check(name('ids'), sameIds(encode(tokenizer, prompt), ids))
    report.check(
      name('text'),
      sameText(tokenizer.decode(greedy, { skipSpecialTokens: true }), text),
    )
  } else
    for (const output of ['ids', 'text'])
      report.skip(name(output), 'its tokenizer fixture was not fetched')

  const stops = prompt.stopped === undefined ? { eosTokenId: null } : {}
  const { newTokens } = await heddle.generate(model, ids, {
    doSample: false,
    maxNewTokens: greedy.length,
    ...stops,
  })
  report.check(name('greedy'), sameIds(newTokens[0], greedy))

  const all = [...ids, ...greedy]
  const scores = await teacherForced(heddle, model, half, all, { keepAt: ids.length - 1 })
  const wrong = lastLogits.ids.findIndex(
    (id, k) => !(Math.abs(scores.kept[id] - lastLogits.values[k]) <= 1e-3),
  )
  report.check(
    name('last_logits'),
    wrong < 0
      ? undefined
      : `id ${lastLogits.ids[wrong]}: got ${scores.kept[lastLogits.ids[wrong]]}, want ${lastLogits.values[wrong]}, bound 0.001`,
  )
  const near = (output, want, losses) => {
    if (want === undefined) return
    const got = losses.reduce((a, b) => a + b, 0) / losses.length
    report.check(
      name(output),
      Math.abs(got - want) <= 1e-4 ? undefined : `got ${got}, want ${want}, bound 0.0001`,
    )
  }
  near('nll_prompt', nllPrompt, scores.losses.slice(0, ids.length - 1))
  near('nll_all', nllAll, scores.losses)
  if (half) {
    const n = all.length
    pool.tokens += n
    pool.kl += scores.kl
    pool.sameTop1 += scores.sameTop1
    pool.losses += scores.losses.length
    pool.loss += scores.losses.reduce((a, b) => a + b, 0)
    pool.halfLoss += scores.halfLosses.reduce((a, b) => a + b, 0)
    pool.torchKl += prompt.bf16_torch.mean_kl * n
    pool.torchTop1 += prompt.bf16_torch.same_top1 * n
  }
  void golden
}

function encode(tokenizer, prompt) {
  if (typeof prompt.prompt === 'string') return tokenizer.encode(prompt.prompt)
  return tokenizer.applyChatTemplate(prompt.prompt, { addGenerationPrompt: true, tokenize: true })
}

function reportPool(report, fixture, pool) {
  const kl = pool.kl / pool.tokens
  const torchKl = pool.torchKl / pool.tokens
  const top1 = pool.sameTop1 / pool.tokens
  const torchTop1 = pool.torchTop1 / pool.tokens
  const loss = Math.abs(pool.halfLoss - pool.loss) / pool.losses
  const faults = []
  if (!(kl <= 1.5 * torchKl)) faults.push(`mean_kl ${kl}, bound ${1.5 * torchKl}`)
  if (!(top1 >= torchTop1 - 0.01)) faults.push(`same_top1 ${top1}, bound ${torchTop1 - 0.01}`)
  if (!(loss <= 0.01)) faults.push(`loss difference ${loss}, bound 0.01`)
  report.check(`${fixture}/bf16`, faults.length ? faults.join('; ') : undefined)
}
