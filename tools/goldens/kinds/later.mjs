// Goldens that are recognised and belong to parts that do not exist yet: each case is a skip, by name.

const skipAll = (kind, names, why) => ({
  kind,
  name: names[0],
  run: ({ report }) => {
    for (const name of names) report.skip(name, why)
  },
})

const has = (content, ...keys) => keys.every((key) => key in content)
const list = (content, key) => (Array.isArray(content[key]) ? content[key] : [])

function training({ stem, content, accepts, folder }) {
  if (stem !== 'reference' || !has(content, 'runs') || 'kind' in content) return undefined
  const model = folder.split('/').at(-1)
  const runs = Array.isArray(content.runs)
    ? content.runs.map((run) => run.run ?? run.name)
    : Object.keys(content.runs)
  const names = runs.filter((run) => accepts(run)).map((run) => `${model}/${run}`)
  return names.length ? [skipAll('training', names, 'training is not supported yet')] : []
}

function trainingIndex({ content, accepts }) {
  if (!has(content, 'models', 'checks', 'parts')) return undefined
  void accepts
  return [] // its parts are goldens of their own
}

function optimizers({ content, accepts }) {
  if (!has(content, 'optimizers', 'schedules')) return undefined
  const names = [
    ...list(content, 'optimizers')
      .filter((c) => accepts(c.optimizer, c.case))
      .map((c) => `${c.optimizer}/${c.case}`),
    ...list(content, 'schedules')
      .filter((c) => accepts(c.scheduler, c.case))
      .map((c) => `schedule/${c.case}`),
    ...list(content, 'warmup_ratio')
      .filter(() => accepts('warmup_ratio'))
      .map((c) => `warmup_ratio/${c.total}-${c.ratio}`),
    ...list(content, 'clipping')
      .filter((c) => accepts('clipping', c.case))
      .map((c) => `clipping/${c.case}`),
  ]
  return names.length ? [skipAll('optim', names, 'optimizers are not supported yet')] : []
}

function quantized({ content, accepts }) {
  if (!list(content, 'index').some((entry) => 'format' in entry && 'tensors' in entry))
    return undefined
  const names = content.index
    .filter((c) => accepts(c.format, c.case))
    .map((c) => `${c.format}/${c.case}`)
  return names.length ? [skipAll('quant', names, 'quantized formats are not supported yet')] : []
}

function adapters({ content, accepts }) {
  if (!list(content, 'index').some((entry) => 'method' in entry && 'adapter' in entry))
    return undefined
  const names = content.index.filter((c) => accepts(c.method)).map((c) => `peft/${c.method}`)
  return names.length ? [skipAll('peft', names, 'adapters are not supported yet')] : []
}

function cases(what, test, why) {
  return ({ content, accepts, stem }) => {
    const all = [...list(content, 'cases'), ...list(content, 'index')]
    if (!all.some((entry) => typeof entry === 'object' && entry !== null && test(entry)))
      return undefined
    const names = all
      .filter((entry) => accepts(entry.case ?? entry.name, entry.group, what, stem))
      .map((entry) => `${what}/${entry.case ?? entry.name}`)
    return names.length ? [skipAll(what, names, why)] : []
  }
}

export const later = [
  training,
  trainingIndex,
  optimizers,
  quantized,
  adapters,
  cases('loss_scaling', (c) => 'growth_factor' in c, 'loss scaling is not supported yet'),
  cases('preference', (c) => 'loss_type' in c, 'preference training is not supported yet'),
  cases('caches', (c) => 'kind' in c && 'tensors' in c, 'cache goldens are not supported yet'),
  cases('tokenizer_training', (c) => 'trainer' in c, 'tokenizer training is not supported yet'),
]
