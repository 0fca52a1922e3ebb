// Logits processors: `cases` with `processor` and `params`, applied by our ops to the scores of the golden.
import { join } from 'node:path'
import { within } from '../compare.mjs'
import { int32, readTensors } from '../tensors.mjs'

const group = (name) => name.split('.')[0]

export function processors({ folder, stem, content, accepts }) {
  if (!Array.isArray(content.cases) || typeof content.cases[0]?.processor !== 'string')
    return undefined
  const cases = content.cases.filter((c) => accepts(c.name, group(c.name), c.processor, stem))
  const errors = (content.errors ?? []).filter((c) => accepts(c.processor, 'errors', stem))
  if (cases.length + errors.length === 0) return []
  const path = join(folder, `${stem}.safetensors`)
  const run = (context) => runProcessors({ ...context, path, cases, errors })
  return [{ kind: 'generation', name: stem, run }]
}

const filter = (name, key) => (h, logits, p) =>
  h.filterLogits(logits, { [name]: scalar(p[key]), minTokensToKeep: p.min_tokens_to_keep ?? 1 })
const scalar = (value) => (value === 'inf' ? Infinity : value)

/** (heddle, logits, parameters, ids): changes the logits in place, as the processor of that name does. */
const ours = {
  TemperatureLogitsWarper: filter('temperature', 'temperature'),
  TopKLogitsWarper: filter('topK', 'top_k'),
  TopPLogitsWarper: filter('topP', 'top_p'),
  MinPLogitsWarper: filter('minP', 'min_p'),
  SuppressTokensLogitsProcessor: (h, logits, p) => h.suppress(logits, p.suppress_tokens),
  RepetitionPenaltyLogitsProcessor: (h, logits, p, ids) => {
    const history = h.tensor(int32(ids.data), { shape: ids.shape })
    const count = h.tensor(Int32Array.of(ids.shape[1]))
    h.repetitionPenalty(logits, history, count, { penalty: p.penalty })
  },
}

// A parameter of the class that our op does not have makes a case unsupported, unless it is neutral.
const unsupported = ({ processor, params }) =>
  !(processor in ours) ||
  Boolean(params.prompt_ignore_length) ||
  ![undefined, '-inf', null].includes(params.filter_value)

async function runProcessors({ heddle, report, path, cases, errors }) {
  const tensors = await readTensors(heddle, path)
  for (const c of cases) {
    const name = `${c.name}/out`
    if (unsupported(c)) {
      report.skip(name, `processor ${c.processor} with these parameters is not supported yet`)
      continue
    }
    const [scores, ids, want] = ['scores', 'input_ids', 'out'].map((k) =>
      tensors.get(`${c.name}.${k}`),
    )
    const owner = new heddle.Scope()
    try {
      const logits = owner.run(() => {
        const tensor = heddle.tensor(scores.data, { shape: scores.shape })
        ours[c.processor](heddle, tensor, c.params, ids)
        return tensor
      })
      const got = await logits.data()
      report.check(name, within(got, want.data, { atol: 1e-4, rtol: 1e-4, shape: want.shape }))
    } catch (error) {
      report.fail(name, `${error.code ?? error.name}: ${error.message}`)
    } finally {
      owner.dispose()
    }
  }
  errors.forEach((c, i) => {
    report.skip(`errors.${i}/${c.processor}`, 'the classes of processors are not supported yet')
  })
}
