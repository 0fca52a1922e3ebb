// Goldens that are recognised and belong to parts that do not exist yet: each case is a skip, by name.
import { basename } from 'node:path'

const skipAll = (kind, names, why) =>
  names.length === 0
    ? []
    : [
        {
          kind,
          name: names[0],
          run: ({ report }) => {
            for (const name of names) report.skip(name, why)
          },
        },
      ]

const has = (content, ...keys) => keys.every((key) => key in content)
const list = (content, key) => {
  const value = content[key]
  return Array.isArray(value) ? value.filter((item) => typeof item === 'object' && item) : []
}

function training({ stem, content, accepts, folder }) {
  if (stem !== 'reference' || !has(content, 'runs') || has(content, 'kind')) return undefined
  const runs = Array.isArray(content.runs)
    ? content.runs.map((run) => run.run ?? run.name ?? run.case)
    : Object.keys(content.runs ?? {})
  const names = runs
    .filter((run) => accepts(run, 'training'))
    .map((r) => `${basename(folder)}/${r}`)
  return skipAll('training', names, 'training is not supported yet')
}

function optimizers({ content, accepts }) {
  if (!has(content, 'optimizers', 'schedules')) return undefined
  const named = (key, prefix, what) =>
    list(content, key)
      .filter((c) => accepts(c[what], c.case, key))
      .map((c) => `${prefix ?? c[what]}/${c.case ?? Object.values(c).slice(0, 2).join('-')}`)
  const names = [
    ...named('optimizers', undefined, 'optimizer'),
    ...named('schedules', 'schedule', 'scheduler'),
    ...named('warmup_ratio', 'warmup_ratio', 'case'),
    ...named('clipping', 'clipping', 'case'),
  ]
  return skipAll('optim', names, 'optimizers are not supported yet')
}

/** An index whose entries have the keys `keys`; a case is called after the first of them. */
function indexed(kind, keys, why) {
  const isEntry = (entry) => has(entry, ...keys)
  return ({ content, accepts }) => {
    const entries = list(content, 'index')
    if (!entries.some(isEntry)) return undefined
    const [first] = keys
    const names = entries
      .filter((c) => accepts(c[first], c.case, kind))
      .map((c) => [c[first], c.case].filter(Boolean).join('/'))
    return skipAll(kind, names, why)
  }
}

function cases(kind, test, why) {
  return ({ content, accepts, stem }) => {
    const all = [...list(content, 'cases'), ...list(content, 'index')]
    if (!all.some(test)) return undefined
    const names = all
      .filter((entry) => accepts(entry.case ?? entry.name, entry.group, kind, stem))
      .map((entry) => `${kind}/${entry.case ?? entry.name}`)
    return skipAll(kind, names, why)
  }
}

export const later = [
  training,
  optimizers,
  indexed('peft', ['method', 'adapter'], 'adapters are not supported yet'),
  cases('loss_scaling', (c) => 'growth_factor' in c, 'loss scaling is not supported yet'),
  cases('preference', (c) => 'loss_type' in c, 'preference training is not supported yet'),
  cases('caches', (c) => has(c, 'kind', 'tensors'), 'cache goldens are not supported yet'),
]
