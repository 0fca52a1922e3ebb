// Whole calls of generate(): `cases` with `model` and `kwargs`, the models in `models/` beside the file.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { sameRows } from '../compare.mjs'
import { readTensors, rowsOf } from '../tensors.mjs'

const group = (name) => name.split('.')[0]
const inputs = ['input_ids', 'attention_mask', 'uniforms', 'uniform_events', 'inputs_embeds']
// Further lists of the file, each a kind of its own.
const others = [
  'dola_layers',
  'output_shapes',
  'streaming',
  'stop_strings',
  'stopping_criteria',
  'errors',
]

export function strategies({ folder, stem, content, accepts }) {
  const { cases } = content
  if (!Array.isArray(cases) || !cases.some((c) => c && 'kwargs' in c && 'model' in c))
    return undefined
  const wanted = cases.filter((c) => accepts(c.name, group(c.name), stem))
  const lists = others.flatMap((list) =>
    (content[list] ?? [])
      .map((c, i) => ({ list, name: c.name ?? `${list}.${i}` }))
      .filter(({ name }) => accepts(list, name, stem)),
  )
  if (wanted.length + lists.length === 0) return []
  const run = (context) => runStrategies({ ...context, folder, stem, cases: wanted, lists })
  return [{ kind: 'generation', name: stem, run }]
}

async function runStrategies({ heddle, report, folder, stem, cases, lists }) {
  const path = join(folder, `${stem}.safetensors`)
  const models = new Map()
  const modelOf = async (name) => {
    const home = join(folder, 'models', name)
    if (!models.has(name))
      models.set(name, await heddle.AutoModelForCausalLM.fromPretrained(home, { dtype: 'f32' }))
    return models.get(name)
  }
  try {
    const tensors = await readTensors(
      heddle,
      path,
      (name) => !/\.(logits|scores|probs)$/.test(name),
    )
    for (const c of cases) {
      const outputs = (c.tensors ?? []).filter((key) => !inputs.includes(key))
      const skip = (names, why) => {
        for (const output of names) report.skip(`${c.name}/${output}`, why)
      }
      const reason = cannot(c, tensors, folder)
      if (reason) {
        skip(outputs, reason)
        continue
      }
      skip(
        outputs.filter((output) => output !== 'sequences'),
        'scores of a generation are not supported yet',
      )
      await runCase(`${c.name}/sequences`, c, { heddle, report, tensors, modelOf })
    }
  } finally {
    for (const model of models.values()) model.dispose()
  }
  for (const { list, name } of lists) report.skip(`${list}/${name}`, `${list} is not supported yet`)
}

const camel = (key) => key.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase())

async function runCase(name, c, { heddle, report, tensors, modelOf }) {
  report.start(name)
  try {
    const options = Object.entries(c.kwargs).map(([key, value]) => [camel(key), value])
    const rows = (key) => rowsOf(tensors.get(`${c.name}.${key}`))
    const { sequences } = await heddle.generate(
      await modelOf(c.model),
      { inputIds: rows('input_ids'), attentionMask: rows('attention_mask') },
      Object.fromEntries(options),
    )
    report.check(name, sameRows(sequences, rows('sequences')))
  } catch (error) {
    const { code } = error
    if (code === 'ERR_UNSUPPORTED_OPTION') report.skip(name, 'an option is not supported yet')
    else if (code === 'ERR_UNKNOWN_MODEL_TYPE')
      report.skip(name, `architecture of ${c.model} is not supported yet`)
    else report.fail(name, `${code ?? error.name}: ${error.message}`)
  }
}

function cannot(c, tensors, folder) {
  const family = group(c.name)
  if (family !== 'greedy') return `strategy ${family} is not supported yet`
  for (const key of ['input_ids', 'attention_mask', 'sequences'])
    if (!tensors.has(`${c.name}.${key}`)) return `a case without ${key} is not supported yet`
  if (tensors.has(`${c.name}.inputs_embeds`) || c.name.includes('inputs_embeds'))
    return 'generating from embeddings is not supported yet'
  if (!existsSync(join(folder, 'models', c.model, 'config.json')))
    return `model ${c.model} is not beside the golden`
  return undefined
}
