/**
 * What each package may import directly; what those may import comes with it. A package that is
 * not listed is an error, so a new one is placed here before it is written.
 */
export const layers = {
  native: [],
  tokenizers: [],
  metrics: [],
  hub: [],
  'tiny-tales': [],
  tensor: ['native'],
  nn: ['tensor'],
  formats: ['tensor'],
  cache: ['tensor'],
  processors: ['tensor'],
  quantization: ['nn', 'formats'],
  peft: ['nn', 'formats'],
  distributed: ['nn', 'formats'],
  models: ['nn', 'formats', 'hub', 'cache', 'tokenizers', 'quantization'],
  generation: ['nn', 'cache', 'tokenizers'],
  datasets: ['hub'],
  trainer: ['nn', 'formats', 'tokenizers', 'datasets', 'metrics', 'distributed', 'peft'],
  pipelines: ['models', 'generation', 'processors', 'tokenizers'],
  agents: ['generation', 'models', 'tokenizers', 'pipelines'],
  server: ['generation', 'models', 'tokenizers', 'pipelines'],
  onnx: ['models', 'tensor'],
  heddle: [
    ...['native', 'tensor', 'nn', 'formats', 'hub', 'tokenizers', 'cache', 'models', 'generation'],
    ...['quantization', 'peft', 'processors', 'datasets', 'metrics', 'trainer', 'distributed'],
    ...['pipelines', 'agents', 'server', 'onnx', 'tiny-tales'],
  ],
}

/** Packages that are loaded only when a checkpoint or an option asks for them. */
export const lazyOnly = { models: ['quantization'], trainer: ['distributed', 'peft'] }

/** The package with a plain name: what people install first. */
export const umbrella = 'heddle'

/**
 * Files whose methods only call functions of other files that return the file's own class: these
 * calls form no cycle when the files load.
 */
export const methodFiles = ['packages/tensor/src/tensor.ts']

/** All packages that `name` may import, or undefined for a package that the table lacks. */
export function allowedImports(name, table = layers) {
  if (!table[name]) return undefined
  const allowed = new Set()
  const visit = (from) => {
    for (const to of table[from] ?? []) {
      if (!allowed.has(to)) {
        allowed.add(to)
        visit(to)
      }
    }
  }
  visit(name)
  return allowed
}
