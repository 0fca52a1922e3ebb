// Generation goldens: logits processors (`processor`, `params`) and whole generate() calls (`model`, `kwargs`).
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { sameIds, within } from '../compare.mjs'
import { readTensors, rowsOf } from '../tensors.mjs'

export function processors({ folder, stem, content, accepts }) {
  if (!Array.isArray(content.cases)) return undefined
  const first = content.cases[0] ?? {}
  if ('processor' in first) {
    const cases = content.cases.filter((c) => accepts(c.name, c.name.split('.')[0], c.processor))
    return cases.length ? [source('processors', { folder, stem, cases }, runProcessors)] : []
  }
  if ('kwargs' in first && 'model' in first) {
    const cases = content.cases.filter((c) => accepts(c.name, c.name.split('.')[0]))
    return cases.length ? [source('strategies', { folder, stem, cases }, runStrategies)] : []
  }
  return undefined
}

const source = (name, golden, run) => ({
  kind: 'generation',
  name,
  run: (context) => run({ ...context, ...golden }),
})

// What a processor's class does with our ops, in place on the logits.
const filters = {
  TemperatureLogitsWarper: (p) => ({ temperature: p.temperature }),
  TopKLogitsWarper: (p) => ({ topK: p.top_k, minTokensToKeep: p.min_tokens_to_keep }),
  TopPLogitsWarper: (p) => ({ topP: p.top_p, minTokensToKeep: p.min_tokens_to_keep }),
  MinPLogitsWarper: (p) => ({ minP: p.min_p, minTokensToKeep: p.min_tokens_to_keep }),
}

async function runProcessors({ heddle, report, folder, stem, cases }) {
  const tensors = await readTensors(heddle, join(folder, `${stem}.safetensors`))
  for (const c of cases) {
    const scores = tensors.get(`${c.name}.scores`)
    const ids = tensors.get(`${c.name}.input_ids`)
    const want = tensors.get(`${c.name}.out`)
    const filter = filters[c.processor]
    const repetition =
      c.processor === 'RepetitionPenaltyLogitsProcessor' && !c.params.prompt_ignore_length
    if ((!filter && !repetition) || c.params.filter_value !== undefined) {
      report.skip(c.name, `processor ${c.processor} is not supported yet`)
      continue
    }
    const logits = heddle.tensor(Float32Array.from(scores.data), { shape: scores.shape })
    try {
      if (filter) heddle.filterLogits(logits, filter(c.params))
      else {
        const history = heddle.tensor(Int32Array.from(ids.data), { shape: ids.shape })
        const count = heddle.tensor(Int32Array.of(ids.shape[1]))
        heddle.repetitionPenalty(logits, history, count, c.params.penalty)
        history.dispose()
        count.dispose()
      }
      report.check(
        c.name,
        within(await logits.data(), want.data, { atol: 1e-4, rtol: 1e-4, shape: want.shape }),
      )
    } catch (error) {
      report.fail(c.name, `${error.code}: ${error.message}`)
    } finally {
      logits.dispose()
    }
  }
}

const camel = (key) => key.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase())

async function runStrategies({ heddle, report, folder, stem, cases }) {
  const tensors = await readTensors(heddle, join(folder, `${stem}.safetensors`))
  const models = new Map()
  try {
    for (const c of cases) {
      const want = tensors.get(`${c.name}.sequences`)
      const name = c.name
      const reason = cannot(c, tensors)
      if (reason || !want) {
        report.skip(name, reason ?? 'no sequences to compare')
        continue
      }
      const home = join(folder, 'models', c.model)
      if (!existsSync(join(home, 'config.json'))) {
        report.skip(name, `model ${c.model} is not beside the golden`)
        continue
      }
      try {
        if (!models.has(home))
          models.set(home, await heddle.AutoModelForCausalLM.fromPretrained(home, { dtype: 'f32' }))
        const options = Object.fromEntries(
          Object.entries(c.kwargs).map(([key, value]) => [camel(key), value]),
        )
        const inputs = {
          inputIds: rowsOf(tensors.get(`${name}.input_ids`)),
          attentionMask: rowsOf(tensors.get(`${name}.attention_mask`)),
        }
        const { sequences } = await heddle.generate(models.get(home), inputs, options)
        const rows = rowsOf(want)
        const wrong = rows
          .map((row, i) => sameIds(sequences[i], row))
          .findIndex((d) => d !== undefined)
        report.check(
          name,
          wrong < 0 ? undefined : `row ${wrong}: ${sameIds(sequences[wrong], rows[wrong])}`,
        )
      } catch (error) {
        if (error.code === 'ERR_UNSUPPORTED_OPTION')
          report.skip(name, 'an option is not supported yet')
        else if (error.code === 'ERR_UNKNOWN_MODEL_TYPE')
          report.skip(name, `architecture of ${c.model} is not supported yet`)
        else report.fail(name, `${error.code}: ${error.message}`)
      }
    }
  } finally {
    for (const model of models.values()) model.dispose()
  }
}

function cannot(c, tensors) {
  const family = c.name.split('.')[0]
  if (family !== 'greedy') return `strategy ${family} is not supported yet`
  if (!tensors.has(`${c.name}.attention_mask`)) return 'no attention mask to generate from'
  if (c.name.includes('inputs_embeds')) return 'generating from embeddings is not supported yet'
  return undefined
}
